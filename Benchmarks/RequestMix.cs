using System.Buffers;
using System.Globalization;
using System.Text;

namespace OrleansShards.Benchmarks;

/// <summary>The requests of a benchmark: 1,000 keys, values of 100 bytes, the same sequence in every run.</summary>
internal sealed class RequestMix(string name)
{
    internal static readonly string[] Names = ["write", "read", "mixed"];

    private static readonly string Value = new('v', 98);
    private readonly Random _random = new(20_261_121);

    /// <summary>Adds one request line of a source.</summary>
    internal void Append(IBufferWriter<byte> to, int source, long id)
    {
        int key = _random.Next(1000);
        int kind = name switch { "write" => 9, "read" => 0, _ => _random.Next(10) };
        string body = kind switch
        {
            < 5 => string.Create(CultureInfo.InvariantCulture, $"\"read\",\"msg_id\":{id},\"key\":{key}"),
            5 => string.Create(
                CultureInfo.InvariantCulture,
                $"\"cas\",\"msg_id\":{id},\"key\":{key},\"from\":\"{Value}\",\"to\":\"{Value}\""),
            _ => string.Create(
                CultureInfo.InvariantCulture, $"\"write\",\"msg_id\":{id},\"key\":{key},\"value\":\"{Value}\""),
        };
        string line = string.Create(
            CultureInfo.InvariantCulture, $"{{\"src\":\"c{source}\",\"dest\":\"n1\",\"body\":{{\"type\":{body}}}}}\n");
        to.Write(Encoding.ASCII.GetBytes(line));
    }
}
