using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using static Flow.Training.Checkpoints.Pt.Refusal;

namespace Flow.Training.Checkpoints.Pt;

/// <summary>
/// Reads one pickle (Python's pickletools.py names the opcodes) into plain values: null, bool, long, BigInteger, double, string, byte[],
/// object?[] for a tuple, List, OrderedDictionary, and what <see cref="TorchGlobals"/> allows. It runs no code, looks nothing up, and
/// allocates at most a constant for every byte it reads.
/// </summary>
internal sealed class PickleReader(Stream input, Allowance allowance)
{
    /// <summary>What one instruction can cost us at most on average: an empty dictionary, its place on the stack and in the memo.</summary>
    const int BytesPerInstruction = 128;

    static readonly object mark = new();

    readonly List<object?> stack = [];
    readonly Dictionary<long, object?> memo = [];

    /// <summary>The value of the next pickle; the stream is left behind its end.</summary>
    public static object? Read(Stream input, Allowance allowance) => new PickleReader(input, allowance).Run();

    object? Run()
    {
        for (var opcode = Byte(); opcode != '.'; opcode = Byte())
        {
            allowance.Take(BytesPerInstruction);
            Step(opcode);
        }
        return Pop();
    }

    void Step(byte opcode)
    {
        if (IsConstant(opcode)) Push(Constant(opcode));
        else if (IsMemo(opcode)) Memo(opcode);
        else Build(opcode);
    }

    static bool IsConstant(byte opcode) => opcode is (byte)'N' or (byte)'I' or (byte)'J' or (byte)'K' or (byte)'M' or (byte)'L'
        or (byte)'F' or (byte)'G' or (byte)'V' or (byte)'X' or (byte)'U' or (byte)'T' or (byte)'B' or (byte)'C' or >= 0x88 and <= 0x8e;

    object? Constant(byte opcode) => opcode switch
    {
        (byte)'N' => null,
        0x88 => true,
        0x89 => false,
        (byte)'I' => Line() switch { "00" => false, "01" => true, var text => Integer(text) },
        (byte)'J' => (long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4)),
        (byte)'K' => (long)Byte(),
        (byte)'M' => (long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2)),
        (byte)'L' => Integer(Line().TrimEnd('L')),
        0x8a => Integer(Bytes(Byte())),
        0x8b => Integer(Bytes(Length4())),
        (byte)'F' => double.TryParse(Line(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number : throw Damaged("a number is not written as one"),
        (byte)'G' => BinaryPrimitives.ReadDoubleBigEndian(Bytes(8)),
        (byte)'V' => Line(),
        (byte)'X' => Text(Length4()),
        0x8c or (byte)'U' => Text(Byte()),
        0x8d => Text(Length8()),
        (byte)'T' => Text(Length4()),
        (byte)'B' => Bytes(Length4()),
        (byte)'C' => Bytes(Byte()),
        _ => Bytes(Length8()),
    };

    static bool IsMemo(byte opcode) =>
        opcode is (byte)'p' or (byte)'q' or (byte)'r' or (byte)'g' or (byte)'h' or (byte)'j' or 0x94;

    void Memo(byte opcode)
    {
        if (opcode == 0x94) memo[memo.Count] = Peek();
        else if (opcode is (byte)'p' or (byte)'q' or (byte)'r') memo[MemoIndex(opcode)] = Peek();
        else Push(memo.TryGetValue(MemoIndex(opcode), out var known) ? known : throw Damaged("it refers to a value it has not given"));
    }

    long MemoIndex(byte opcode) => opcode switch
    {
        (byte)'q' or (byte)'h' => Byte(),
        (byte)'r' or (byte)'j' => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)),
        _ => Integer(Line()) is long index ? index : throw Damaged("a memo index is too large"),
    };

    void Build(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: Byte(); break;
            case 0x95: Bytes(8); break;
            case (byte)'(': Push(mark); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(Peek()); break;
            case (byte)')': Push(Array.Empty<object?>()); break;
            case 0x85 or 0x86 or 0x87: Push(PopMany(opcode - 0x84)); break;
            case (byte)'t': Push(PopToMark()); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'l': Push(new List<object?>(PopToMark())); break;
            case (byte)'a': Append([Pop()]); break;
            case (byte)'e': Append(PopToMark()); break;
            case (byte)'}': Push(new OrderedDictionary<object, object?>()); break;
            case (byte)'d': SetItems(new OrderedDictionary<object, object?>(), PopToMark(), push: true); break;
            case (byte)'s': SetItems(null, PopMany(2), push: false); break;
            case (byte)'u': SetItems(null, PopToMark(), push: false); break;
            case (byte)'c': Push(TorchGlobals.Find(Line(), Line())); break;
            case 0x93: Push(PopMany(2) is [string module, string name] ? TorchGlobals.Find(module, name) : throw Odd(opcode)); break;
            case (byte)'R' or 0x81: Call(opcode); break;
            case (byte)'b': SetState(Pop()); break;
            case (byte)'Q': Push(TorchGlobals.Storage(Pop())); break;
            default: throw Odd(opcode);
        }
    }

    void Call(byte opcode)
    {
        var operands = PopMany(2);
        if (operands is not [PickleGlobal global, object?[] arguments]) throw Odd(opcode);
        Push(TorchGlobals.Call(global, arguments));
    }

    void Append(object?[] items)
    {
        if (Peek() is not List<object?> list) throw Damaged("it appends to something that is not a list");
        list.AddRange(items);
    }

    void SetItems(OrderedDictionary<object, object?>? fresh, object?[] items, bool push)
    {
        var into = fresh ?? Peek() as OrderedDictionary<object, object?> ?? throw Damaged("it sets items of something that is not a dictionary");
        if (items.Length % 2 != 0) throw Damaged("a dictionary has a key without a value");
        for (var i = 0; i < items.Length; i += 2)
            into[items[i] is string or long or double or bool ? items[i]! : throw Damaged("a dictionary's key is not a text or a number")] =
                items[i + 1];
        if (push) Push(into);
    }

    /// <summary>BUILD fills an argparse.Namespace; the attributes torch hangs on an OrderedDict (its _metadata) are left out.</summary>
    void SetState(object? state)
    {
        switch (Peek(), state)
        {
            case (PickleNamespace target, OrderedDictionary<object, object?> fields):
                allowance.Take(BytesPerInstruction * (long)fields.Count); // one dictionary may be built from many times
                foreach (var (name, value) in fields) target.Fields[name] = value;
                break;
            case (OrderedDictionary<object, object?>, _): break;
            default: throw Damaged("it sets the state of something that has none");
        }
    }

    void Push(object? value) => stack.Add(value);

    object? Peek() => stack.Count > 0 && stack[^1] != mark ? stack[^1] : throw Damaged("it reads more values than it gives");

    object? Pop()
    {
        var top = Peek();
        stack.RemoveAt(stack.Count - 1);
        return top;
    }

    object?[] PopMany(int count)
    {
        var values = new object?[count];
        for (var i = count - 1; i >= 0; i--) values[i] = Pop();
        return values;
    }

    object?[] PopToMark()
    {
        var at = stack.LastIndexOf(mark);
        if (at < 0) throw Damaged("it closes a group it has not opened");
        var values = stack[(at + 1)..].ToArray();
        stack.RemoveRange(at, stack.Count - at);
        return values;
    }

    static InvalidDataException Odd(byte opcode) => Damaged($"it holds the instruction 0x{opcode:x2}, which no checkpoint needs");

    byte Byte() => input.ReadByte() is >= 0 and var value ? (byte)value : throw Damaged("it ends in the middle of a value");

    /// <summary>Checked against what is left of the file before the array is made.</summary>
    byte[] Bytes(long count)
    {
        if (count > input.Length - input.Position) throw Damaged("it ends in the middle of a value");
        var bytes = new byte[count];
        input.ReadExactly(bytes);
        return bytes;
    }

    long Length4() => BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4));

    long Length8() => BinaryPrimitives.ReadUInt64LittleEndian(Bytes(8)) is <= long.MaxValue and var length
        ? (long)length : throw Damaged("a length is too large");

    string Text(long count) => Encoding.UTF8.GetString(Bytes(count));

    string Line()
    {
        var line = new List<byte>();
        for (var next = Byte(); next != '\n'; next = Byte()) line.Add(next);
        return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
    }

    static object Integer(byte[] littleEndian) => littleEndian.Length > 32
        ? throw Damaged("a whole number has more than 256 bits") : Narrow(new BigInteger(littleEndian));

    static object Integer(string text) => text.Length <= 80 && BigInteger.TryParse(text, CultureInfo.InvariantCulture, out var value)
        ? Narrow(value) : throw Damaged("a number is not written as one");

    static object Narrow(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
}
