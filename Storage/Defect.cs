namespace OrleansShards.Storage;

/// <summary>A failure that no store has foreseen, in a text that may reach whoever has called a key.</summary>
internal static class Defect
{
    /// <summary>What has failed, why, and where: enough to find it, without the stack, which is for nobody but us.</summary>
    internal static string InOneLine(Exception exception)
    {
        var where = exception.TargetSite is { } method ? $" (in {method.DeclaringType?.Name}.{method.Name})" : "";
        return $"{exception.GetType().Name}: {exception.Message.ReplaceLineEndings(" ")}{where}";
    }
}
