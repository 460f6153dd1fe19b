using System.Collections;
using System.Globalization;
using System.Reflection;
using OrleansShards.Core.Json;

namespace OrleansShards.Tests.Orleans.Wire;

/// <summary>
/// A value as text, field by field, down to the last: records that hold arrays are not equal by value, so their texts
/// are compared, and a test that fails shows which field differs.
/// </summary>
internal static class FieldText
{
    public static string Of(object? value) => value switch
    {
        null => "null",
        JsonText json => "json " + Convert.ToHexString(json.Span),
        string text => $"\"{text}\"",
        IEnumerable items => $"[{string.Join(", ", items.Cast<object?>().Select(Of))}]",
        Enum or IConvertible => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => $"{value.GetType().Name} {{ {string.Join(", ", FieldsOf(value))} }}",
    };

    private static IEnumerable<string> FieldsOf(object value) =>
        value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Select(property => $"{property.Name} = {Of(property.GetValue(value))}");
}
