using Microsoft.Extensions.Options;

namespace OrleansShards.Client.Connecting;

/// <summary>Tells all that is wrong with a client's options at once.</summary>
internal sealed class ShardsClientValidation(bool inSilo) : IValidateOptions<ShardsClientOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, ShardsClientOptions options)
    {
        string[] problems = [.. options.Problems(inSilo)];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
