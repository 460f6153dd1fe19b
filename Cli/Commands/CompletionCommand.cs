using System.CommandLine;

namespace OrleansShards.Cli.Commands;

/// <summary>Prints what a shell needs to complete commands, options, and the names of groups and masters.</summary>
internal static class CompletionCommand
{
    // Each asks the command itself, `shards [suggest:POSITION] LINE`, with the line behind the program's name.
    private const string Bash = """
        _shards() {
            local IFS=$'\n' line=${COMP_LINE:0:COMP_POINT}
            line=${line#* }
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -F _shards shards
        """;

    private const string Zsh = """
        #compdef shards
        _shards() {
            local -a found
            local line=${LBUFFER#* }
            found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            compadd -- $found
        }
        compdef _shards shards
        """;

    private const string Fish = """
        function __shards
            set -l line (string replace -r "^\S+ " "" -- (commandline -cp))
            shards "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
        end
        complete -f -c shards -a '(__shards)'
        """;

    internal static Command Build()
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Command command = new("completion", "Prints a script that completes commands and names: `source <(shards completion bash)`.")
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCode.Done;
        });
        return command;
    }
}
