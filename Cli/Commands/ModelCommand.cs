using System.CommandLine;
using Flow.Domain;
using Flow.Domain.Models;

namespace Flow.Cli.Commands;

/// <summary>`flow model NAME`: parameters and MACs by formula, before anything is built.</summary>
public static class ModelCommand
{
    static readonly Argument<string?> Name = new("name") { Description = "A named model: a1..a6, DiT-XL/2, S/2-8E2A, ...", Arity = ArgumentArity.ZeroOrOne };

    static readonly Option<int?> Resolution = new("--resolution") { Description = "Image side in pixels; latents are an eighth of it" };

    public static Command Build() => Verb.Of("model", "Parameters and MACs of a named model, or the list of them", [Name, Resolution], call =>
    {
        var shown = call.Get(Name) is { } name ? [Find(name)] : Sizes.All.ToArray();
        var rows = shown.Select(spec => Row(call.Get(Resolution) is { } pixels ? At(spec, pixels) : spec)).ToList();
        call.Answer(
            call.Get(Name) is null ? rows : rows[0],
            TextTable.Of(
                ["model", "latents", "parameters", "active", "MACs per forward pass"],
                rows.Select(r => (string[])[r.Name, r.Latents, Quantity.Count(r.Params), Quantity.Count(r.ParamsActive), Quantity.Of(r.Macs, "MACs")])));
        return Verb.Done;
    });

    sealed record ModelRow(string Name, string Latents, long Params, long ParamsActive, double Macs);

    static ModelRow Row(ModelSpec spec)
    {
        var count = Accounting.Parameters(spec);
        return new ModelRow(
            spec.Name, $"{spec.LatentChannels}x{spec.LatentSize}x{spec.LatentSize}", count.Total, count.Active, Accounting.ForwardMacs(spec));
    }

    static ModelSpec Find(string name) => Sizes.Find(name).IfNone(() =>
        throw new BadInputException($"no model '{name}': known are {string.Join(", ", Sizes.Names)}"));

    static ModelSpec At(ModelSpec spec, int pixels) => pixels > 0 && pixels % (8 * spec.Patch) == 0
        ? spec with { LatentSize = pixels / 8 }
        : throw new BadInputException($"--resolution: {pixels} is not a positive multiple of {8 * spec.Patch} (8 pixels per latent x patch {spec.Patch})");
}
