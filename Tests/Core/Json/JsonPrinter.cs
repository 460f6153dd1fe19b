using System.Globalization;
using System.Numerics;
using System.Text;

namespace OrleansShards.Tests.Core.Json;

/// <summary>Prints a model in one of its many spellings; the seed chooses which.</summary>
internal sealed class JsonPrinter
{
    private const string ShortEscapes = "\b\f\n\r\t\"\\/";
    private const string ShortLetters = "bfnrt\"\\/";

    private readonly Random _random;
    private readonly StringBuilder _out = new();

    private JsonPrinter(int seed) => _random = new Random(seed);

    internal static byte[] Print(JsonModel model, int seed)
    {
        var printer = new JsonPrinter(seed);
        printer.Value(model);
        return Encoding.UTF8.GetBytes(printer._out.ToString());
    }

    private void Value(JsonModel model)
    {
        Space();
        switch (model)
        {
            case JsonWord word:
                _out.Append(word.Text);
                break;
            case JsonNumber number:
                Number(number.Digits, number.Exponent);
                break;
            case JsonString text:
                String(text.Content);
                break;
            case JsonArray array:
                Sequence('[', array.Items, Value, ']');
                break;
            case JsonObject members:
                Sequence('{', Shuffled(members.Members), Member, '}');
                break;
        }

        Space();
    }

    private void Member((string Name, JsonModel Value) member)
    {
        Space();
        String(member.Name);
        Space();
        _out.Append(':');
        Value(member.Value);
    }

    private void Sequence<T>(char open, IEnumerable<T> items, Action<T> print, char close)
    {
        _out.Append(open);
        Space();
        string separator = "";
        foreach (T item in items)
        {
            _out.Append(separator);
            print(item);
            separator = ",";
        }

        _out.Append(close);
    }

    private T[] Shuffled<T>(T[] items)
    {
        T[] copy = [.. items];
        _random.Shuffle(copy);
        return copy;
    }

    private void Number(BigInteger value, int exponent)
    {
        int zeros = _random.Next(3);
        string digits = BigInteger.Abs(value).ToString(CultureInfo.InvariantCulture) + new string('0', zeros);
        int places = _random.Next(digits.Length + 3);
        int written = exponent - zeros + places;
        digits = digits.PadLeft(places + 1, '0');
        string whole = digits[..^places].TrimStart('0');
        _out.Append(value.Sign < 0 || (value.IsZero && _random.Next(2) == 0) ? "-" : "");
        _out.Append(whole.Length == 0 ? "0" : whole).Append(places == 0 ? "" : ".").Append(digits[^places..]);
        if (written != 0 || _random.Next(4) == 0)
        {
            string sign = written < 0 ? "-" : _random.Next(2) == 0 ? "+" : "";
            _out.Append(_random.Next(2) == 0 ? 'e' : 'E').Append(sign);
            _out.Append(new string('0', _random.Next(3))).Append(CultureInfo.InvariantCulture, $"{Math.Abs(written)}");
        }
    }

    private void String(string content)
    {
        _out.Append('"');
        for (int at = 0; at < content.Length; at++)
        {
            bool pair = char.IsHighSurrogate(content[at]) && at + 1 < content.Length && char.IsLowSurrogate(content[at + 1]);
            if (pair && _random.Next(2) == 0)
                _out.Append(content, at++, 2);
            else
                Unit(content[at]);
        }

        _out.Append('"');
    }

    private void Unit(char unit)
    {
        int index = ShortEscapes.IndexOf(unit);
        bool must = unit < ' ' || unit is '"' or '\\' || char.IsSurrogate(unit);
        switch (_random.Next(4))
        {
            case 0 or 1 when !must:
                _out.Append(unit);
                break;
            case 2 when index >= 0:
                _out.Append('\\').Append(ShortLetters[index]);
                break;
            default:
                string hex = ((int)unit).ToString(_random.Next(2) == 0 ? "x4" : "X4", CultureInfo.InvariantCulture);
                _out.Append("\\u").Append(hex);
                break;
        }
    }

    private void Space()
    {
        while (_random.Next(3) == 0)
            _out.Append(" \n\r\t"[_random.Next(4)]);
    }
}
