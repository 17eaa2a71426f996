using System.Diagnostics;
using System.Globalization;
using Flow.Dataflow.Synth;
using Flow.Domain.Planning;

namespace Flow.Jobs.Steps;

/// <summary>Renders scenes into files, in the layout of a real data set.</summary>
public static class SynthStep
{
    const int ReportEvery = 50;

    /// <summary>The data set's root inside the step's directory.</summary>
    public static string Scenes(string directory) => Path.Combine(directory, "scenes");

    public static void Run(StepContext context, Payload.Synth payload)
    {
        var folder = Scenes(context.Directory);
        if (Directory.Exists(folder)) return; // whole: it got its name when it was
        var clock = Stopwatch.StartNew();
        SynthWriter.Write(payload.Scenes, folder, done => Report(context, done, payload.Scenes.Scenes, clock.Elapsed), context.Cancel);
    }

    static void Report(StepContext context, int done, int total, TimeSpan taken)
    {
        if (done % ReportEvery != 0) return;
        var rate = done / taken.TotalSeconds;
        context.Report(done / (double)total, string.Create(CultureInfo.InvariantCulture, $"{rate:0} scenes/s"), TimeSpan.FromSeconds((total - done) / rate), "");
    }
}
