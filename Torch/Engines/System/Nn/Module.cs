using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

        /// <summary>
        /// A part of a model: its parameters, buffers and submodules by name. RegisterComponents takes the names from the fields of the
        /// derived class; they are the keys of the state dictionary.
        /// </summary>
        public class Module : IDisposable
        {
            readonly OrderedNames<Parameter> ownParameters = new();
            readonly OrderedNames<(Tensor Tensor, bool Persistent)> ownBuffers = new();
            readonly OrderedNames<Module> ownModules = new();
            readonly string title;
            bool registered;

            protected Module(string name) => title = name;

            public virtual bool training { get; private set; } = true;

            public virtual string GetName() => title;

            /// <summary>Registers the fields that hold modules, parameters and tensors under the fields' names; call it last in the constructor.</summary>
            protected virtual void RegisterComponents()
            {
                if (registered) return;
                registered = true;
                foreach (var field in Fields(GetType()))
                {
                    switch (field.GetValue(this))
                    {
                        case Module module when !ownModules.Contains(field.Name):
                            register_module(field.Name, module);
                            break;
                        case Parameter parameter when !ownParameters.Contains(field.Name):
                            register_parameter(field.Name, parameter);
                            break;
                        case Tensor tensor when tensor is not Modules.Parameter && !ownBuffers.Contains(field.Name):
                            register_buffer(field.Name, tensor);
                            break;
                    }
                }
            }

            static IEnumerable<FieldInfo> Fields(Type type) =>
                type.BaseType is null || type == typeof(Module) ? [] : Fields(type.BaseType).Concat(
                    type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                        .Where(field => !field.Name.Contains('<', StringComparison.Ordinal)));

            public virtual void register_module(string name, Module submodule)
            {
                if (name.Contains('.', StringComparison.Ordinal)) throw new ArgumentException($"module name can't contain \".\", got: {name}");
                submodule.RegisterComponents();
                ownModules.Add(name, submodule);
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_parameter(string name, Parameter param)
            {
                param.DetachFromDisposeScope();
                ownParameters.Add(name, param);
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                tensor.DetachFromDisposeScope();
                ownBuffers.Add(name, (tensor, persistent));
            }

            public virtual IEnumerable<(string name, Module module)> named_children() => ownModules.Items;

            public virtual IEnumerable<Module> children() => named_children().Select(child => child.module);

            /// <summary>All modules below this one, without itself.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules() =>
                named_children().Concat(named_children().SelectMany(child => child.module.named_modules().Select(inner => ($"{child.name}.{inner.name}", inner.module))));

            public virtual IEnumerable<Module> modules() => named_modules().Select(inner => inner.module);

            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var all = recurse
                    ? ownParameters.Items.Concat(named_children().SelectMany(child => child.module.named_parameters().Select(inner => ($"{child.name}.{inner.name}", inner.parameter))))
                    : ownParameters.Items;
                return all.DistinctBy(item => item.Item2.Handle);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(item => item.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var own = ownBuffers.Items.Where(item => include_nonpersistent || item.Item2.Persistent).Select(item => (item.Item1, item.Item2.Tensor));
                return recurse
                    ? own.Concat(named_children().SelectMany(child => child.module.named_buffers(true, include_nonpersistent).Select(inner => ($"{child.name}.{inner.name}", inner.buffer))))
                    : own;
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) => named_buffers(recurse, include_nonpersistent).Select(item => item.buffer);

            public virtual bool has_parameter(string target) => named_parameters().Any(item => item.name == target);

            public virtual Parameter? get_parameter(string target) => named_parameters().FirstOrDefault(item => item.name == target).parameter;

            public virtual bool has_buffer(string target) => named_buffers().Any(item => item.name == target);

            public virtual Tensor? get_buffer(string target) => named_buffers().FirstOrDefault(item => item.name == target).buffer;

            /// <summary>The parameters and persistent buffers themselves, not copies, by dotted name.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                var start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var (name, parameter) in named_parameters()) destination.TryAdd(start + name, parameter);
                foreach (var (name, buffer) in named_buffers(include_nonpersistent: false)) destination.TryAdd(start + name, buffer);
                return destination;
            }

            /// <summary>Copies the tensors in; strict demands the same keys on both sides.</summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                bool Wanted(string key) => skip is null || !skip.Contains(key);
                var missing = destination.Keys.Where(key => Wanted(key) && !source.ContainsKey(key)).ToList();
                var unexpected = source.Keys.Where(key => Wanted(key) && !destination.ContainsKey(key)).ToList();
                if (strict && missing.Count + unexpected.Count > 0)
                    throw new InvalidOperationException($"The loaded state_dict is not identical to the target dictionary: missing [{string.Join(", ", missing)}], unexpected [{string.Join(", ", unexpected)}]");
                using var quiet = no_grad();
                foreach (var (key, tensor) in source)
                    if (Wanted(key) && destination.TryGetValue(key, out var target)) target.copy_(tensor);
                return (missing, unexpected);
            }

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var child in children()) child.train(train);
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters()) Clear(parameter, set_to_none);
            }

            internal static void Clear(Tensor parameter, bool setToNone)
            {
                if (setToNone)
                {
                    parameter.grad = null;
                    return;
                }
                using var grad = parameter.grad;
                grad?.zero_();
            }

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var child in children()) child.apply(fn);
                fn(this);
                return this;
            }

            // Changes the storage under the parameters, so that optimizers keep pointing at them. Only floating tensors change their type.
            internal void Move(Device? device, ScalarType? dtype)
            {
                using var quiet = no_grad();
                foreach (var tensor in parameters().Concat(buffers()))
                {
                    var type = dtype is { } wanted && tensor.is_floating_point() ? wanted : tensor.dtype;
                    using var moved = tensor.to(type, device ?? tensor.device);
                    Flow.Torch.Interop.Native.Check(Flow.Torch.Interop.Native.flow_tensor_set_data(tensor.Handle, moved.Handle));
                }
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var (_, parameter) in ownParameters.Items) parameter.Dispose();
                foreach (var (_, buffer) in ownBuffers.Items) buffer.Tensor.Dispose();
                foreach (var child in children()) child.Dispose();
            }
        }
    }
}

/// <summary>Moves of whole modules; they change the module itself and return it.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module => Moved(module, null, type);

    public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module => Moved(module, device, type);

    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module => Moved(module, device, null);

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module => Moved(module, new(deviceType, deviceIndex), null);

    public static T to<T>(this T module, string device, bool non_blocking = false) where T : torch.nn.Module => Moved(module, new(device), null);

    public static T cpu<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => Moved(module, torch.CPU, null);

    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module => Moved(module, new(DeviceType.CUDA, deviceIndex), null);

    public static T half<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => Moved(module, null, torch.ScalarType.Float16);

    public static T bfloat16<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => Moved(module, null, torch.ScalarType.BFloat16);

    public static T @float<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => Moved(module, null, torch.ScalarType.Float32);

    public static T @double<T>(this T module, bool non_blocking = false) where T : torch.nn.Module => Moved(module, null, torch.ScalarType.Float64);

    static T Moved<T>(T module, torch.Device? device, torch.ScalarType? type) where T : torch.nn.Module
    {
        module.Move(device, type);
        return module;
    }
}
