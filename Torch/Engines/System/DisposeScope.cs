namespace TorchSharp;

/// <summary>
/// Owns every tensor made on its thread while it is the innermost scope, and frees them when it is disposed, except those moved out.
/// Scopes belong to a thread: never await inside one.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    readonly DisposeScopeManager manager;
    bool disposed;

    internal DisposeScope(DisposeScopeManager manager) => (this.manager, OuterScope) = (manager, manager.CurrentDisposeScope);

    internal DisposeScope? OuterScope { get; set; }

    internal HashSet<IDisposable> Disposables { get; } = new(ReferenceEqualityComparer.Instance);

    /// <summary>What the scope owns now, as a copy.</summary>
    public IReadOnlyList<IDisposable> DisposablesView => Living(Disposables.ToArray());

    public int DisposablesCount => Living(Disposables.Count);

    public T MoveToOuter<T>(T disposable) where T : IDisposable => MoveToOther(OuterScope, disposable);

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second));

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable => (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables) MoveToOther(OuterScope, disposable);
    }

    /// <summary>Gives the tensor to another scope, or to nobody when scope is null.</summary>
    public T MoveToOther<T>(DisposeScope? scope, T disposable) where T : IDisposable
    {
        if (!Disposables.Remove(disposable)) return disposable;
        scope?.Disposables.Add(disposable);
        if (disposable is torch.Tensor tensor)
        {
            tensor.OwningDisposeScope = scope;
            if (scope is null) manager.StatisticsInstance.DetachedFromScopeCount++;
        }
        return disposable;
    }

    public T Detach<T>(T disposable) where T : IDisposable => MoveToOther(null, disposable);

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables) MoveToOther(null, disposable);
    }

    public T Attach<T>(T disposable) where T : IDisposable
    {
        if (disposable is torch.Tensor tensor)
        {
            if (tensor.OwningDisposeScope is null) manager.StatisticsInstance.AttachedToScopeCount++;
            tensor.OwningDisposeScope?.Disposables.Remove(tensor);
            tensor.OwningDisposeScope = this;
        }
        Disposables.Add(disposable);
        return disposable;
    }

    /// <summary>Frees everything but these.</summary>
    public void DisposeEverythingBut(params IDisposable[] inKeep) => DisposeEverythingBut((IEnumerable<IDisposable>)inKeep);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var kept = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        foreach (var disposable in Disposables.ToArray())
        {
            if (kept.Contains(disposable)) continue;
            disposable.Dispose();
            Disposables.Remove(disposable);
        }
    }

    public void DisposeEverything() => DisposeEverythingBut();

    public bool Contains(IDisposable disposable) => Disposables.Contains(disposable);

    internal void Forget(IDisposable disposable)
    {
        if (!disposed) Disposables.Remove(disposable);
    }

    public void Dispose()
    {
        if (disposed) return;
        manager.Leave(this);
        disposed = true;
        foreach (var disposable in Disposables) disposable.Dispose();
        Disposables.Clear();
    }

    T Living<T>(T value) => disposed ? throw new ObjectDisposedException(nameof(DisposeScope)) : value;
}

/// <summary>The scopes of one thread.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] static DisposeScopeManager? threadSingleton;

    internal static DisposeScopeManager ThreadSingleton => threadSingleton ??= new();

    internal DisposeScope? CurrentDisposeScope { get; private set; }

    internal ThreadDisposeScopeStatistics StatisticsInstance { get; } = new();

    /// <summary>How many tensors this thread has made and freed, inside and outside of scopes.</summary>
    public static ThreadDisposeScopeStatistics Statistics => ThreadSingleton.StatisticsInstance;

    internal DisposeScope Enter() => CurrentDisposeScope = new(this);

    internal void Leave(DisposeScope scope)
    {
        if (ReferenceEquals(CurrentDisposeScope, scope))
        {
            CurrentDisposeScope = scope.OuterScope;
            return;
        }
        for (var inner = CurrentDisposeScope; inner is not null; inner = inner.OuterScope)
            if (ReferenceEquals(inner.OuterScope, scope)) inner.OuterScope = scope.OuterScope;
    }

    internal DisposeScope? Register(torch.Tensor tensor)
    {
        if (CurrentDisposeScope is null) StatisticsInstance.CreatedOutsideScopeCount++;
        else
        {
            StatisticsInstance.CreatedInScopeCount++;
            CurrentDisposeScope.Disposables.Add(tensor);
        }
        return CurrentDisposeScope;
    }

    internal void Disposing(torch.Tensor tensor)
    {
        if (tensor.OwningDisposeScope is null) StatisticsInstance.DisposedOutsideScopeCount++;
        else StatisticsInstance.DisposedInScopeCount++;
    }
}

/// <summary>Counts of the tensors that one thread made and freed; the live count must be flat over training steps.</summary>
public class ThreadDisposeScopeStatistics
{
    public long CreatedOutsideScopeCount { get; internal set; }

    public long DisposedOutsideScopeCount { get; internal set; }

    public long CreatedInScopeCount { get; internal set; }

    public long DisposedInScopeCount { get; internal set; }

    public long AttachedToScopeCount { get; internal set; }

    public long DetachedFromScopeCount { get; internal set; }

    public long ThreadTotalLiveCount =>
        CreatedInScopeCount + CreatedOutsideScopeCount - DisposedInScopeCount - DisposedOutsideScopeCount;

    public void Reset()
    {
        CreatedOutsideScopeCount = DisposedOutsideScopeCount = CreatedInScopeCount = 0;
        DisposedInScopeCount = AttachedToScopeCount = DetachedFromScopeCount = 0;
    }
}

public static partial class torch
{
    /// <summary>Opens a scope on this thread; dispose it to free what was made inside.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.ThreadSingleton.Enter();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.ThreadSingleton.CurrentDisposeScope;

    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }
}
