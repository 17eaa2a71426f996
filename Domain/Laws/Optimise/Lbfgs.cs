namespace Flow.Domain.Laws.Optimise;

/// <summary>When L-BFGS may stop.</summary>
/// <param name="RelativeDecrease">Stop when one iteration lowers the value by less than this fraction of the value itself. Relative to
/// the value, never to 1: an objective of 1e-6 (a mean of Huber losses) must be fitted as well as one of 1e-3 (their sum).</param>
/// <param name="Gradient">Stop when the largest component of the gradient is below this, in units of the objective.</param>
/// <param name="Memory">Pairs of steps kept; at 10, problems of up to 10 parameters are solved as by full BFGS.</param>
public sealed record LbfgsOptions(double RelativeDecrease = 1e-15, double Gradient = 1e-14, int MaxIterations = 2000, int Memory = 10);

/// <summary>
/// Limited-memory BFGS: the two-loop recursion of Nocedal and Wright, Numerical Optimization, algorithm 7.4, with the weak-Wolfe
/// bisection of Lewis and Overton (2013), which also gets past the kinks of Huber's loss.
/// </summary>
public static class Lbfgs
{
    public static Minimum Minimise(Objective objective, ReadOnlySpan<double> start, LbfgsOptions? options = null)
    {
        var limits = options ?? new LbfgsOptions();
        var n = start.Length;
        var x = start.ToArray();
        var (gradient, direction, next, nextGradient) = (new double[n], new double[n], new double[n], new double[n]);
        var memory = new StepMemory(n, limits.Memory);
        var value = objective(x, gradient);
        for (var iteration = 0; iteration < limits.MaxIterations; iteration++)
        {
            if (Largest(gradient) <= limits.Gradient) return new(x, value, iteration, Stop.Converged);
            memory.Direction(gradient, direction);
            var slope = Dot(gradient, direction);
            if (!(slope < 0))
            {
                memory.Forget();
                memory.Direction(gradient, direction);
                slope = Dot(gradient, direction);
            }
            // The first step has no curvature to go by: one unit of distance at most.
            var first = memory.Count == 0 ? 1 / Math.Max(1, Math.Sqrt(-slope)) : 1;
            if (!Search(objective, x, value, direction, slope, first, next, nextGradient, out var nextValue))
            {
                if (memory.Count == 0) return new(x, value, iteration, Stop.NoProgress);
                memory.Forget();
                continue;
            }
            memory.Remember(x, next, gradient, nextGradient);
            var decrease = value - nextValue;
            (x, next, gradient, nextGradient, value) = (next, x, nextGradient, gradient, nextValue);
            if (decrease <= limits.RelativeDecrease * Math.Abs(value)) return new(x, value, iteration + 1, Stop.Converged);
        }
        return new(x, value, limits.MaxIterations, Stop.MaxIterations);
    }

    /// <summary>A step that lowers the value enough (Armijo, 1e-4) and flattens the slope enough (0.9), by doubling and bisection.</summary>
    static bool Search(Objective objective, double[] x, double value, double[] direction, double slope, double step,
        double[] next, double[] nextGradient, out double nextValue)
    {
        var (low, high) = (0.0, double.PositiveInfinity);
        nextValue = value;
        for (var trial = 0; trial < 60; trial++)
        {
            for (var i = 0; i < x.Length; i++) next[i] = x[i] + step * direction[i];
            nextValue = objective(next, nextGradient);
            if (!(nextValue <= value + 1e-4 * step * slope)) high = step;
            else if (Dot(nextGradient, direction) < 0.9 * slope) low = step;
            else return true;
            step = double.IsPositiveInfinity(high) ? 2 * low : (low + high) / 2;
        }
        return nextValue < value;
    }

    static double Largest(ReadOnlySpan<double> values)
    {
        var largest = 0.0;
        foreach (var value in values) largest = Math.Max(largest, Math.Abs(value));
        return largest;
    }

    internal static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}

/// <summary>The last few steps and gradient changes, from which L-BFGS reads the curvature.</summary>
internal sealed class StepMemory(int size, int capacity)
{
    readonly double[][] steps = Rows(size, capacity), changes = Rows(size, capacity);
    readonly double[] rho = new double[capacity], alpha = new double[capacity];
    int newest = -1;

    public int Count { get; private set; }

    public void Forget() => Count = 0;

    public void Remember(double[] x, double[] next, double[] gradient, double[] nextGradient)
    {
        var slot = (newest + 1) % capacity;
        var (step, change) = (steps[slot], changes[slot]);
        for (var i = 0; i < size; i++) (step[i], change[i]) = (next[i] - x[i], nextGradient[i] - gradient[i]);
        var curvature = Lbfgs.Dot(step, change);
        if (!(curvature > 1e-300)) return;
        rho[slot] = 1 / curvature;
        newest = slot;
        Count = Math.Min(Count + 1, capacity);
    }

    public void Direction(double[] gradient, double[] direction)
    {
        for (var i = 0; i < size; i++) direction[i] = -gradient[i];
        if (Count == 0) return;
        for (var k = 0; k < Count; k++)
        {
            var slot = Slot(k);
            alpha[slot] = rho[slot] * Lbfgs.Dot(steps[slot], direction);
            Add(direction, -alpha[slot], changes[slot]);
        }
        var scale = 1 / (rho[newest] * Lbfgs.Dot(changes[newest], changes[newest]));
        for (var i = 0; i < size; i++) direction[i] *= scale;
        for (var k = Count - 1; k >= 0; k--)
        {
            var slot = Slot(k);
            Add(direction, alpha[slot] - rho[slot] * Lbfgs.Dot(changes[slot], direction), steps[slot]);
        }
    }

    int Slot(int age) => (newest - age + capacity) % capacity;

    static void Add(double[] to, double factor, double[] what)
    {
        for (var i = 0; i < to.Length; i++) to[i] += factor * what[i];
    }

    static double[][] Rows(int size, int capacity) => [.. Enumerable.Range(0, capacity).Select(_ => new double[size])];
}
