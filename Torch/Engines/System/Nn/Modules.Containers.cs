using System.Collections;
using System.Globalization;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules) => Sequential((IEnumerable<Module<Tensor, Tensor>>)modules);

            public static Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) =>
                Sequential(modules.Select((module, i) => (i.ToString(CultureInfo.InvariantCulture), module)));

            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) =>
                Sequential((IEnumerable<(string, Module<Tensor, Tensor>)>)modules);

            public static Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules)
            {
                var sequence = new Sequential();
                foreach (var (name, module) in modules) sequence.append(name, module);
                return sequence;
            }

            public static ModuleList<Module> ModuleList(params Module[] modules) => new(modules);

            public static ModuleList<T> ModuleList<T>(params T[] modules) where T : Module => new(modules);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Modules one after another; numbered names "0", "1", ... unless given.</summary>
    public class Sequential() : Module<Tensor, Tensor>(nameof(Sequential))
    {
        readonly List<IModule<Tensor, Tensor>> steps = [];

        public int Count => steps.Count;

        public IModule<Tensor, Tensor> this[int index] => steps[index];

        public Sequential append(IModule<Tensor, Tensor> module) => append(Count.ToString(CultureInfo.InvariantCulture), module);

        public Sequential append(string name, IModule<Tensor, Tensor> module)
        {
            register_module(name, (Module)module);
            steps.Add(module);
            return this;
        }

        public override Tensor forward(Tensor tensor)
        {
            if (Count == 0) return tensor.alias();
            using var scope = NewDisposeScope();
            return steps.Aggregate(tensor, (x, step) => step.call(x)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>A list of modules whose names are their positions.</summary>
    public class ModuleList<T> : Module, IReadOnlyList<T> where T : Module
    {
        readonly List<T> list = [];

        public ModuleList(params T[] modules) : base(nameof(ModuleList<T>))
        {
            foreach (var module in modules) Add(module);
        }

        public T this[int index] => list[index];

        public int Count => list.Count;

        public void Add(T item)
        {
            register_module(Count.ToString(CultureInfo.InvariantCulture), item);
            list.Add(item);
        }

        public void append(params T[] parameters)
        {
            foreach (var module in parameters) Add(module);
        }

        public void extend(IEnumerable<T> modules) => append(modules.ToArray());

        public IEnumerator<T> GetEnumerator() => list.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
