using System.Numerics;
using Flow.Domain.Random;

namespace Flow.Dataflow.Synth;

/// <summary>The random numbers of one scene in the order of asking: a counter over <see cref="CounterRandom"/>.</summary>
/// <param name="attempt">0 for what never changes in a scene; every new try to place its objects reads its own stream.</param>
sealed class Draws(int seed, long scene, int attempt)
{
    readonly CounterRandom random = new(seed, Purpose.Scene, attempt, scene);
    long next;

    public float Uniform() => (float)random.Uniform(next++);

    public float Between(float low, float high) => low + (high - low) * Uniform();

    public int Below(int bound) => (int)random.Below(next++, bound);

    /// <summary>A normal deviate of standard deviation <paramref name="sigma"/> (Box-Muller).</summary>
    public float Normal(float sigma)
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - random.Uniform(next++)));
        return (float)(sigma * radius * Math.Cos(Math.Tau * random.Uniform(next++)));
    }

    public Vector3 Normal3(float sigma) => new(Normal(sigma), Normal(sigma), Normal(sigma));
}
