namespace TorchSharp;

/// <summary>Named components in the order of their registration, which is the order of the state dictionary.</summary>
sealed class OrderedNames<T>
{
    readonly List<(string, T)> items = [];

    internal IEnumerable<(string, T)> Items => items;

    internal bool Contains(string name) => items.Any(item => item.Item1 == name);

    internal void Add(string name, T item)
    {
        if (Contains(name)) throw new InvalidOperationException($"{name} is already registered");
        items.Add((name, item));
    }
}
