using Xunit;

namespace Flow.Torch.Tests;

/// <summary>Tests that change or measure the whole process run alone.</summary>
[CollectionDefinition("engine", DisableParallelization = true)]
public sealed class EngineCollection;
