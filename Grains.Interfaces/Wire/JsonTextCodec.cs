using System.Buffers;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;
using OrleansShards.Core.Json;

namespace OrleansShards.Grains.Interfaces.Wire;

/// <summary>A JSON text as its own bytes, <c>default</c> as none. What is read is checked: Core relies on texts being valid.</summary>
[RegisterSerializer]
internal sealed class JsonTextCodec : IFieldCodec<JsonText>
{
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, JsonText value)
        where TBufferWriter : IBufferWriter<byte>
    {
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(JsonText), WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)value.Span.Length);
        writer.Write(value.Span);
    }

    public JsonText ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        ReferenceCodec.MarkValueField(reader.Session);
        field.EnsureWireType(WireType.LengthPrefixed);
        uint length = reader.ReadVarUInt32();
        if (length == 0)
            return default;

        byte[] utf8 = reader.ReadBytes(length);
        return JsonText.TryWrap(utf8, out JsonText text, out string error)
            ? text
            : throw new MalformedMessageException($"{length} bytes that are not the JSON text that was expected: {error}");
    }
}

/// <summary>A text never changes: a call within a silo shares its bytes.</summary>
[RegisterCopier]
internal sealed class JsonTextCopier : ShallowCopier<JsonText>;
