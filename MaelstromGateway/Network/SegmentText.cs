using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace OrleansShards.MaelstromGateway.Network;

/// <summary>
/// A segment as a message of Maelstrom's:
/// <c>{"src":"n0","dest":"n1","body":{"type":"orleans","from":"…","to":"…","at":0,"data":"…","next":0,"room":9}}</c>. Fields that
/// say nothing are left out; <c>held</c>, <c>asks</c>, <c>end</c> and <c>reset</c> are there where they say something.
/// </summary>
internal static class SegmentText
{
    /// <summary>What no message of this kind is longer than: the data in base64, up to 128 places, and the rest.</summary>
    internal const int LineBytesMax = 64 * 1024;

    internal static void Write(IBufferWriter<byte> output, string source, string destination, Segment segment)
    {
        JsonOut json = new(output);
        json.BeginObject();
        Text(ref json, "src"u8, source);
        Text(ref json, "dest"u8, destination);
        json.Name("body"u8);
        json.BeginObject();
        json.Name("type"u8);
        json.WriteRaw("\"orleans\""u8);
        if (segment.From is { } from)
            Text(ref json, "from"u8, from);

        if (segment.To is { } to)
            Text(ref json, "to"u8, to);

        WriteStream(ref json, output, segment);
        json.EndObject();
        json.EndObject();
        output.Write("\n"u8);
    }

    /// <summary>Parses a line; false if it is anything else than a message of this kind. Does not keep the line's memory.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> line, out string source, out string destination, out Segment segment)
    {
        (source, destination, segment) = ("", "", new Segment());
        if (line.IndexOf("\"orleans\""u8) < 0)
            return false;

        try
        {
            Utf8JsonReader reader = new(line);
            bool isOurs = false;
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isSource = reader.ValueTextEquals("src"u8);
                bool isDestination = reader.ValueTextEquals("dest"u8);
                bool isBody = reader.ValueTextEquals("body"u8);
                reader.Read();
                if (isSource)
                    source = reader.GetString() ?? "";
                else if (isDestination)
                    destination = reader.GetString() ?? "";
                else if (isBody && reader.TokenType == JsonTokenType.StartObject)
                    segment = ReadBody(ref reader, out isOurs);
                else
                    reader.Skip();
            }

            return isOurs;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or FormatException)
        {
            // Whatever it is, the requests' reader says what is wrong with it.
            return false;
        }
    }

    private static void WriteStream(ref JsonOut json, IBufferWriter<byte> output, Segment segment)
    {
        if (segment.IsReset)
            Flag(ref json, "reset"u8);

        if (segment.IsReset || segment.IsOpening)
            return;

        if (!segment.Data.IsEmpty || segment.IsEnd)
            Number(ref json, "at"u8, segment.At);

        if (!segment.Data.IsEmpty)
            Data(ref json, output, segment.Data.Span);

        if (segment.IsEnd)
            Flag(ref json, "end"u8);

        Number(ref json, "next"u8, segment.Next);
        Number(ref json, "room"u8, segment.Room);
        if (segment.Held.Count > 0)
            Places(ref json, segment.Held);

        if (segment.Asks)
            Flag(ref json, "asks"u8);
    }

    private static Segment ReadBody(ref Utf8JsonReader reader, out bool isOurs)
    {
        isOurs = false;
        string? from = null;
        string? to = null;
        Segment read = new();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // The name is the last thing that is known of the field before its value is read.
            string name = reader.GetString()!;
            reader.Read();
            isOurs |= name == "type" && reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("orleans"u8);
            (from, to, read) = name switch
            {
                "from" => (reader.GetString(), to, read),
                "to" => (from, reader.GetString(), read),
                "at" => (from, to, read with { At = NotNegative(reader.GetInt64()) }),
                "data" => (from, to, read with { Data = reader.GetBytesFromBase64() }),
                "next" => (from, to, read with { Next = NotNegative(reader.GetInt64()) }),
                "room" => (from, to, read with { Room = (int)Math.Min(NotNegative(reader.GetInt64()), int.MaxValue) }),
                "held" => (from, to, read with { Held = ReadPlaces(ref reader) }),
                "end" => (from, to, read with { IsEnd = reader.GetBoolean() }),
                "asks" => (from, to, read with { Asks = reader.GetBoolean() }),
                "reset" => (from, to, read with { IsReset = reader.GetBoolean() }),
                _ => (from, to, read),
            };
            reader.Skip();
        }

        return read with { From = from, To = to };
    }

    private static List<long> ReadPlaces(ref Utf8JsonReader reader)
    {
        List<long> places = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            places.Add(reader.GetInt64());

        return places;
    }

    private static long NotNegative(long number) =>
        number >= 0 ? number : throw new FormatException($"expected a number that is not negative, got {number}");

    private static void Text(ref JsonOut json, ReadOnlySpan<byte> name, string text)
    {
        json.Name(name);
        json.WriteString(text);
    }

    private static void Number(ref JsonOut json, ReadOnlySpan<byte> name, long number)
    {
        json.Name(name);
        json.WriteNumber(number);
    }

    private static void Flag(ref JsonOut json, ReadOnlySpan<byte> name)
    {
        json.Name(name);
        json.WriteBoolean(true);
    }

    private static void Places(ref JsonOut json, IReadOnlyList<long> places)
    {
        json.Name("held"u8);
        json.BeginArray();
        foreach (long place in places)
            json.WriteNumber(place);

        json.EndArray();
    }

    private static void Data(ref JsonOut json, IBufferWriter<byte> output, ReadOnlySpan<byte> data)
    {
        json.Name("data"u8);
        json.WriteRaw("\""u8);
        Span<byte> room = output.GetSpan(Base64.GetMaxEncodedToUtf8Length(data.Length));
        Base64.EncodeToUtf8(data, room, out _, out int written);
        output.Advance(written);
        output.Write("\""u8);
    }
}
