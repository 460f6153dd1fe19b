using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace OrleansShards.Tests.Orleans.Diagnostics;

/// <summary>
/// What one test's meter measures, as sorted lines, and what its observable instruments show when they are asked; other tests' meters of
/// that name are not heard.
/// </summary>
internal sealed class MeterReadings : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MeterListener _listener = new();
    private readonly List<string> _names = [];
    private readonly List<(string Series, string Value)> _seen = [];
    private readonly List<(string Series, string Value)> _observed = [];

    internal MeterReadings(string meter, IServiceProvider services)
    {
        object scope = services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter && instrument.Meter.Scope == scope)
            {
                _names.Add(instrument.Name);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Hear(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The instruments that there are.</summary>
    internal IReadOnlyList<string> Names => _names;

    /// <summary>Name, tags and value of each measurement of instruments whose names begin so.</summary>
    internal List<string> Seen(string prefix = "") =>
        [.. Of(prefix).Select(static seen => $"{seen.Series} {seen.Value}").Order(StringComparer.Ordinal)];

    /// <summary>As <see cref="Seen"/>, without values: for durations.</summary>
    internal List<string> Series(string prefix) =>
        [.. Of(prefix).Select(static seen => seen.Series).Order(StringComparer.Ordinal)];

    public void Dispose() => _listener.Dispose();

    private List<(string Series, string Value)> Of(string prefix)
    {
        lock (_gate)
        {
            _observed.Clear();
            _listener.RecordObservableInstruments();
            return [.. _seen.Concat(_observed).Where(seen => seen.Series.StartsWith(prefix, StringComparison.Ordinal))];
        }
    }

    private void Hear<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : IFormattable
    {
        IEnumerable<string> sorted = tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal);
        string series = $"{instrument.Name} {{{string.Join(',', sorted)}}}";
        lock (_gate)
            (instrument.IsObservable ? _observed : _seen).Add((series, value.ToString(null, CultureInfo.InvariantCulture)));
    }
}
