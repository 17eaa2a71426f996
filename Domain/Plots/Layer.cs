using LanguageExt;

namespace Flow.Domain.Plots;

/// <summary>The shape of a point; shapes differ as colours do, so that a picture survives a grey printer.</summary>
public enum Marker
{
    Circle,
    Square,
    Triangle,
    Diamond,
    Cross,
}

/// <summary>Something drawn in a panel, in the order given. An empty name keeps it out of the legend.</summary>
public abstract record Layer(string Name, string Colour);

/// <summary>Points.</summary>
public sealed record Dots(string Name, string Colour, Seq<(double X, double Y)> Points, Marker Marker = Marker.Circle) : Layer(Name, Colour);

/// <summary>A line through points, dashed where it extrapolates.</summary>
public sealed record Line(string Name, string Colour, Seq<(double X, double Y)> Points, bool Dashed = false) : Layer(Name, Colour);

/// <summary>The area between a low and a high value: an interval.</summary>
public sealed record Band(string Name, string Colour, Seq<(double X, double Low, double High)> Points) : Layer(Name, Colour);

/// <summary>Vertical intervals at points.</summary>
public sealed record Whiskers(string Name, string Colour, Seq<(double X, double Low, double High)> Points) : Layer(Name, Colour);

/// <summary>A short remark beside a point.</summary>
public sealed record Note(double X, double Y, string Text) : Layer("", Palette.Ink);
