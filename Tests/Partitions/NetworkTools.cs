using System.ComponentModel;
using System.Diagnostics;

namespace OrleansShards.Tests.Partitions;

/// <summary>The programs that lay out a network: <c>ip</c> and <c>tc</c> of iproute2, and <c>nft</c>.</summary>
internal static class NetworkTools
{
    private static readonly string[] Programs = ["ip", "tc", "nft"];

    /// <summary>Skips the test where namespaces cannot be made, and says why.</summary>
    internal static void SkipWhereMissing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root may make network namespaces");
        foreach (string program in Programs)
        {
            Assert.SkipWhen(
                Try(program, null, "-V") is not { Code: 0 },
                $"{program} is not installed; ./test.sh installs iproute2 and nftables as root on Debian");
        }
    }

    /// <summary>What a program prints; it must end with 0.</summary>
    internal static string Run(string program, params string[] arguments) => Feed(program, null, arguments);

    /// <inheritdoc cref="Run"/>
    /// <param name="program">Its name.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="arguments">What it is started with.</param>
    internal static string Feed(string program, string? input, params string[] arguments)
    {
        (int code, string output, string errors) = Try(program, input, arguments)
            ?? throw new InvalidOperationException($"{program} is not installed");
        return code == 0
            ? output
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}: {errors}{input}");
    }

    /// <summary>How a program ended, and what it printed; null where there is none.</summary>
    internal static (int Code, string Output, string Errors)? Try(string program, string? input, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.GetAwaiter().GetResult());
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
