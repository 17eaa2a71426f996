namespace Flow.TestData;

/// <summary>A stream that only takes bytes.</summary>
abstract class Sink(Stream to) : Stream
{
    protected Stream To => to;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush() => to.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => to.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public abstract override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default);
}

/// <summary>Passes so many bytes on and then does what it was told.</summary>
sealed class ShortStream(Stream to, int bytes, Action then) : Sink(to)
{
    int left = bytes;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var part = buffer[..Math.Min(left, buffer.Length)];
        await To.WriteAsync(part, cancellationToken);
        left -= part.Length;
        if (part.Length == buffer.Length) return;
        await To.FlushAsync(cancellationToken);
        await Task.Run(then, CancellationToken.None);
        throw new IOException("the fault");
    }
}

/// <summary>Passes everything on but one byte, which is another.</summary>
sealed class WrongStream(Stream to, int wrong) : Sink(to)
{
    long at;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var bytes = buffer.ToArray();
        if (wrong >= at && wrong < at + bytes.Length) bytes[wrong - at] ^= 1;
        at += bytes.Length;
        return To.WriteAsync(bytes, cancellationToken);
    }
}
