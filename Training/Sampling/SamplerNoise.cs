using Flow.Domain.Random;
using Flow.Training.Diffusion;
using static TorchSharp.torch;

namespace Flow.Training.Sampling;

/// <summary>
/// The random numbers of sampling: element by element a function of (seed, sample id, ensemble member, draw), so that a sample's prediction
/// is the same in whatever batch, order or process it is made.
/// </summary>
/// <param name="Shape">[C, H, W] of one latent.</param>
sealed record SamplerNoise(int Seed, long[] SampleIds, int Member, long[] Shape, Device Device)
{
    /// <summary>More than any sampler has steps: members' draws never meet.</summary>
    const int DrawsPerMember = 1 << 12;

    /// <summary>Where sampling starts, [N, C, H, W].</summary>
    public Tensor Start() => Draw(0);

    /// <summary>The noise of one step, by its index in the re-spaced process.</summary>
    public Tensor Step(int step) => Draw(step + 1);

    Tensor Draw(int draw) => SampleNoise.Of(
        [SampleIds.Length, .. Shape], Device, SampleIds, i => new CounterRandom(Seed, Purpose.SamplerNoise, Member * DrawsPerMember + draw, SampleIds[i]));
}
