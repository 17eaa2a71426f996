using System.Globalization;

namespace Flow.Cli;

/// <summary>One line on standard error that is redrawn in place on a terminal, and printed now and then elsewhere.</summary>
public sealed class ProgressLine : IDisposable
{
    static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(150);
    static readonly TimeSpan PlainLine = TimeSpan.FromSeconds(10);

    readonly bool live = !Console.IsErrorRedirected;
    DateTime last = DateTime.MinValue;
    bool open;

    /// <param name="fraction">0 to 1, or none while the length is unknown.</param>
    public void Show(double? fraction, string text, TimeSpan? left)
    {
        var now = DateTime.UtcNow;
        if (now - last < (live ? Redraw : PlainLine)) return;
        last = now;
        var line = $"{(fraction is { } f ? Bar(f) + "  " : "")}{text}{(left is { } eta ? $"  {Duration(eta)} left" : "")}";
        if (live) Console.Error.Write("\r\e[K" + line);
        else Console.Error.WriteLine(line);
        open = live;
    }

    public void Dispose()
    {
        if (open) Console.Error.WriteLine();
        open = false;
    }

    /// <summary>Twenty characters and the percentage.</summary>
    public static string Bar(double fraction)
    {
        var full = (int)Math.Round(20 * Math.Clamp(fraction, 0, 1));
        return string.Create(CultureInfo.InvariantCulture, $"{new string('█', full)}{new string('░', 20 - full)} {100 * fraction,3:0} %");
    }

    public static string Duration(TimeSpan time) => time.TotalSeconds < 100
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s")
        : time.TotalHours < 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds} s")
            : string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0.0} h");
}
