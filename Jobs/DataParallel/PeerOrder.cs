namespace Flow.Jobs.DataParallel;

/// <summary>What one more worker of a training is told when its process starts.</summary>
/// <param name="Study">Identity of a recorded study that contains the step.</param>
/// <param name="Attempt">Of the first worker, into whose directory the others only look.</param>
/// <param name="Rank">From 1; the first worker is 0.</param>
/// <param name="From">Updates done where the first worker begins: another number means another beginning.</param>
/// <param name="Meeting">The file by which the workers find each other.</param>
public sealed record PeerOrder(string Study, string Step, long Attempt, int Rank, long From, string Meeting);
