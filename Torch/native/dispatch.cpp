// One door to every ATen operator: looked up by its schema name ("add.Tensor") and called boxed, so that one binary interface
// serves all versions of libtorch, and arguments that a newer version added take their defaults from the schema.
#include "flowtorch.h"

#include <ATen/core/Generator.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>

#include <vector>

namespace {

enum Kind : int32_t {
  kNone = 0, kTensor = 1, kInt = 2, kDouble = 3, kBool = 4, kString = 5, kIntList = 6, kDoubleList = 7,
  kTensorList = 8, kOptionalTensorList = 9, kGenerator = 10, kDevice = 11, kDefault = 12,
};

// Mirrors Value in Interop/Value.cs: count is the length of a list or string, or a device's index.
struct Value {
  int32_t kind;
  int32_t count;
  union {
    int64_t integer;
    double real;
    const void* pointer;
  };
};

struct Operator {
  c10::OperatorHandle handle;
  std::vector<bool> wants_double;
};

bool is_double(const c10::TypePtr& type) {
  if (type->kind() == c10::TypeKind::FloatType) return true;
  const auto optional = type->cast<c10::OptionalType>();
  return optional && optional->getElementType()->kind() == c10::TypeKind::FloatType;
}

const at::Tensor& tensor_of(const void* handle) {
  static const at::Tensor undefined;
  return handle == nullptr ? undefined : *static_cast<const at::Tensor*>(handle);
}

c10::IValue tensor_list(const Value& value) {
  c10::List<at::Tensor> list;
  const auto* handles = static_cast<const void* const*>(value.pointer);
  for (int32_t i = 0; i < value.count; ++i) list.push_back(tensor_of(handles[i]));
  return list;
}

c10::IValue optional_tensor_list(const Value& value) {
  c10::List<flow::optional<at::Tensor>> list;
  const auto* handles = static_cast<const void* const*>(value.pointer);
  for (int32_t i = 0; i < value.count; ++i) {
    if (handles[i] == nullptr) list.push_back(flow::optional<at::Tensor>());
    else list.push_back(flow::optional<at::Tensor>(tensor_of(handles[i])));
  }
  return list;
}

template <typename T>
c10::IValue number_list(const Value& value) {
  const auto* first = static_cast<const T*>(value.pointer);
  return std::vector<T>(first, first + value.count);
}

c10::IValue boxed(const Value& value, const c10::Argument& argument, bool wants_double) {
  switch (value.kind) {
    case kNone: return {};
    case kTensor: return tensor_of(value.pointer);
    case kInt: return wants_double ? c10::IValue(static_cast<double>(value.integer)) : c10::IValue(value.integer);
    case kDouble: return value.real;
    case kBool: return value.integer != 0;
    case kString: return std::string(static_cast<const char*>(value.pointer), value.count);
    case kIntList: return number_list<int64_t>(value);
    case kDoubleList: return number_list<double>(value);
    case kTensorList: return tensor_list(value);
    case kOptionalTensorList: return optional_tensor_list(value);
    case kGenerator: return *static_cast<const at::Generator*>(value.pointer);
    case kDevice: return c10::Device(static_cast<c10::DeviceType>(value.integer), static_cast<c10::DeviceIndex>(value.count));
    case kDefault:
      TORCH_CHECK(argument.default_value().has_value(), "argument '", argument.name(), "' has no default");
      return *argument.default_value();
    default: TORCH_CHECK(false, "unknown kind of argument: ", value.kind);
  }
}

Value result(const c10::IValue& value) {
  Value out{};
  if (value.isTensor()) {
    out.kind = kTensor;
    out.pointer = flow::new_handle(value.toTensor());
  } else if (value.isInt()) {
    out.kind = kInt;
    out.integer = value.toInt();
  } else if (value.isDouble()) {
    out.kind = kDouble;
    out.real = value.toDouble();
  } else if (value.isBool()) {
    out.kind = kBool;
    out.integer = value.toBool();
  }
  return out;
}

}  // namespace

// name is "operator" or "operator.overload", without "aten::". The operator lives as long as the process.
FLOW_API int flow_op_find(const char* name, void** op) {
  return flow::guarded([&] {
    const std::string full(name);
    const auto dot = full.find('.');
    const auto base = (full.find("::") == std::string::npos ? "aten::" : "") + full.substr(0, dot);
    const auto overload = dot == std::string::npos ? std::string() : full.substr(dot + 1);
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(base.c_str(), overload.c_str());
    std::vector<bool> wants_double;
    for (const auto& argument : handle.schema().arguments()) wants_double.push_back(is_double(argument.type()));
    *op = new Operator{handle, std::move(wants_double)};
  });
}

// Arguments beyond argument_count take the schema's defaults. Lists among the results are laid out one after another.
// results points to memory of this thread, valid until the thread's next call.
FLOW_API int flow_op_call(const void* op, const Value* arguments, int32_t argument_count, const Value** results, int32_t* result_count) {
  return flow::guarded([&] {
    static thread_local std::vector<Value> out;
    const auto& target = *static_cast<const Operator*>(op);
    const auto& formal = target.handle.schema().arguments();
    TORCH_CHECK(static_cast<size_t>(argument_count) <= formal.size(), target.handle.schema(), " got ", argument_count, " arguments");
    torch::jit::Stack stack;
    stack.reserve(formal.size());
    const Value missing{kDefault, 0, {0}};
    for (size_t i = 0; i < formal.size(); ++i)
      stack.push_back(boxed(i < static_cast<size_t>(argument_count) ? arguments[i] : missing, formal[i], target.wants_double[i]));
    target.handle.callBoxed(&stack);
    out.clear();
    for (const auto& value : stack) {
      if (!value.isTensorList()) {
        out.push_back(result(value));
        continue;
      }
      for (const at::Tensor& element : value.toTensorVector()) out.push_back(result(element));
    }
    *results = out.data();
    *result_count = static_cast<int32_t>(out.size());
  });
}
