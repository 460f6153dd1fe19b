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

    internal void Append(IBufferWriter<byte> to, int source, long id)
    {
        int key = _random.Next(1000);
        int kind = name switch { "write" => 9, "read" => 0, _ => _random.Next(10) };
        (string type, string rest) = kind switch
        {
            < 5 => ("read", ""),
            5 => ("cas", $",\"from\":\"{Value}\",\"to\":\"{Value}\""),
            _ => ("write", $",\"value\":\"{Value}\""),
        };
        string body = string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"{type}\",\"msg_id\":{id},\"key\":{key}{rest}}}");
        string line = string.Create(
            CultureInfo.InvariantCulture, $"{{\"src\":\"c{source}\",\"dest\":\"n1\",\"body\":{body}}}\n");
        to.Write(Encoding.ASCII.GetBytes(line));
    }
}
