using Flow.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A handle of a libtorch tensor. It is freed by the dispose scope it was made in, by Dispose, or at last by the garbage collector,
    /// which does not see native memory: use scopes. A disposed tensor throws ObjectDisposedException.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        // The collector does not see native memory, and lets its youngest generation grow to the size of the CPU's cache (hundreds of
        // megabytes on servers) before it looks for forgotten tensors. A collection of that generation takes well under a millisecond.
        const int HandlesPerCollection = 2_048;

        static int created;
        nint handle;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            OwningDisposeScope = DisposeScopeManager.ThreadSingleton.Register(this);
            if (Interlocked.Increment(ref created) % HandlesPerCollection == 0) GC.Collect(0, GCCollectionMode.Forced, blocking: false);
        }

        ~Tensor() => Release();

        internal DisposeScope? OwningDisposeScope { get; set; }

        public string? name { get; set; }

        public bool IsInvalid => handle == 0;

        /// <summary>The address of the native handle.</summary>
        public nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor), "the tensor was disposed, by hand or with its dispose scope");

        public void Dispose()
        {
            if (handle == 0) return;
            DisposeScopeManager.ThreadSingleton.Disposing(this);
            OwningDisposeScope?.Forget(this);
            OwningDisposeScope = null;
            Release();
            GC.SuppressFinalize(this);
        }

        void Release()
        {
            var owned = Interlocked.Exchange(ref handle, 0);
            if (owned != 0) Native.flow_tensor_free(owned);
        }

        /// <summary>Takes the native handle away from this object, which is then as if disposed.</summary>
        public nint DecoupleFromNativeHandle()
        {
            DisposeScopeManager.ThreadSingleton.Disposing(this);
            OwningDisposeScope?.Forget(this);
            OwningDisposeScope = null;
            GC.SuppressFinalize(this);
            return Interlocked.Exchange(ref handle, 0);
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is null) other?.Attach(this);
            else OwningDisposeScope.MoveToOther(other, this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        /// <summary>Whether both are the same object; compare elements with eq, allclose or Equals(Tensor).</summary>
        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => base.GetHashCode();

        public bool Equals(Tensor target) => Aten.CallBool("equal", this, target);

        public override string ToString() => $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";
    }
}
