using Flow.Torch;

namespace Flow.Jobs.DataParallel;

/// <summary>Where and how patiently the workers of a training meet.</summary>
static class PeerMeeting
{
    /// <summary>
    /// A worker that ends, however, is noticed at once because its connections close. A call waits long because the others wait in it
    /// while the first worker writes a checkpoint.
    /// </summary>
    public static MeetingPoint At(string file) => new(file) { Timeout = TimeSpan.FromSeconds(25), Patience = TimeSpan.FromMinutes(10) };
}
