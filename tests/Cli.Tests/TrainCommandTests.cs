using Xunit;

namespace Flow.Cli.Tests;

/// <summary>`flow train` on a finished training; the running one is tested with the whole program in EndToEnd.</summary>
[Collection(InTinyLab.Name)]
public sealed class TrainCommandTests(TinyLab lab)
{
    [Fact]
    public async Task AFinishedTrainingIsToldOfAndNotTrainedAgain()
    {
        var answer = await lab.Flow("train", lab.StudyFile, "tiny", "--json");
        Assert.True(answer.Code == Verb.Done, answer.Error);
        Assert.Contains("already done", answer.Error, StringComparison.Ordinal);
        var training = Assert.Single(answer.Json.GetProperty("trainings").EnumerateArray());
        Assert.Equal(("fine-tune", 20, 160), (training.GetProperty("kind").GetString(), training.GetProperty("steps").GetInt32(), training.GetProperty("images").GetInt32()));
        foreach (var figure in new[] { "params", "loss", "learning_rate", "grad_norm", "images_per_second", "tokens_per_second", "train_macs", "mfu", "peak_memory_bytes" })
            Assert.True(training.GetProperty(figure).GetDouble() > 0, figure);
        Assert.True(Directory.Exists(Path.Combine(training.GetProperty("directory").GetString()!, "checkpoints")));
    }

    [Fact]
    public async Task CheckpointsAtMultiplesStayWhenAskedFor()
    {
        var study = lab.At("longer.json");
        // Of another name: the other tests' run is the latest of its own.
        await File.WriteAllTextAsync(study, (await File.ReadAllTextAsync(lab.StudyFile))
            .Replace("\"name\": \"tiny\"", "\"name\": \"longer\"", StringComparison.Ordinal).Replace("\"steps\": 20, ", "\"steps\": 23, ", StringComparison.Ordinal));
        var answer = await lab.Flow("train", study, "--keep-every", "5", "--json");
        Assert.True(answer.Code == Verb.Done, answer.Error);
        var folder = answer.Json.GetProperty("trainings")[0].GetProperty("directory").GetString()!;
        Assert.Equal([5L, 10, 15, 20, 23], Flow.Training.Checkpoints.CheckpointFolder.Steps(Path.Combine(folder, "checkpoints")));
        var wrong = await lab.Flow("train", study, "--keep-every", "-1");
        Assert.Equal(Verb.BadInput, wrong.Code);
        Assert.Contains("--keep-every: -1 is negative", wrong.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-run", "FineTune", "no run 'no-such-run'")]
    [InlineData("tiny", "Pretrain", "has no Pretrain stage")]
    public async Task WhatIsNotThereIsBadInput(string run, string stage, string message)
    {
        var answer = await lab.Flow("train", lab.StudyFile, run, "--stage", stage);
        Assert.Equal(Verb.BadInput, answer.Code);
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
    }
}
