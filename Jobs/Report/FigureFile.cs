using System.ComponentModel;
using System.Diagnostics;
using Flow.Domain;
using Flow.Storage.Files;

namespace Flow.Jobs.Report;

/// <summary>A figure as a file: SVG as it is, PNG as librsvg's command draws it, so that both are the same picture.</summary>
public static class FigureFile
{
    /// <summary>Pixels of a PNG for each unit of the SVG: sharp on a dense screen and in print.</summary>
    const string Zoom = "2";

    /// <param name="path">Ends in .svg or .png; anything else is bad input.</param>
    /// <param name="svg">The picture.</param>
    public static void Write(string path, string svg)
    {
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".svg": AtomicFile.WriteText(path, svg); break;
            case ".png": Picture(path, Png(svg)); break;
            case var other: throw new BadInputException($"--plot: {path} ends in '{other}': figures are written as .svg or .png");
        }
    }

    static void Picture(string path, byte[] png) => AtomicFile.Write(path, stream => stream.Write(png));

    /// <summary>The picture as PNG. Without rsvg-convert that is bad input: the message says what to install, or to ask for SVG.</summary>
    static byte[] Png(string svg)
    {
        var start = new ProcessStartInfo("rsvg-convert", ["--format=png", $"--zoom={Zoom}", "--background-color=white"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var renderer = Process.Start(start)!;
            var errors = renderer.StandardError.ReadToEndAsync();
            var feeding = Task.Run(() =>
            {
                using var input = renderer.StandardInput;
                input.Write(svg);
            });
            using var png = new MemoryStream();
            renderer.StandardOutput.BaseStream.CopyTo(png);
            feeding.Wait();
            renderer.WaitForExit();
            return renderer.ExitCode == 0 ? png.ToArray() : throw new InvalidOperationException($"rsvg-convert: {errors.Result.Trim()}");
        }
        catch (Win32Exception missing)
        {
            throw new BadInputException($"PNG needs rsvg-convert ({missing.Message}): install Debian's package librsvg2-bin, or name an .svg file");
        }
    }
}
