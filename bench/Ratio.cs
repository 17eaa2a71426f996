namespace Flow.Bench;

/// <summary>One line of a benchmark's answer: how often ours fits into theirs, measured in turns on the same machine in the same run.</summary>
/// <param name="Value">theirs / ours in time, or ours / theirs in rate: above 1 means ours is faster.</param>
/// <param name="Low">2.5 % quantile of the median ratio over bootstrap resamples of the rounds.</param>
/// <param name="High">97.5 % quantile.</param>
/// <param name="Ours">Median of ours in <paramref name="Unit"/>.</param>
/// <param name="Theirs">Median of theirs in <paramref name="Unit"/>.</param>
public sealed record Ratio(string Name, double Value, double Low, double High, double Ours, double Theirs, string Unit);
