# Sourced by the scripts, with $script (who speaks) set. One voice, always on stderr.

say() { printf '%s: %s\n' "$script" "$*" >&2; }
die() { say "$@"; exit 1; }

# What the build needs and the scripts do not bring along.
require_dotnet() {
    command -v dotnet >/dev/null ||
        die "the .NET SDK is not installed ('dotnet' is not on the PATH). Expected: SDK 10.0.1xx or a later 10.0" \
            "feature band (see global.json)."
    # In $root, as global.json is looked for from there upwards.
    (cd -- "$root" && dotnet --version >/dev/null 2>&1) ||
        die "the .NET SDK that is installed is not one that global.json accepts: 10.0.1xx or a later 10.0 feature" \
            "band. Installed: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')"
}

# No process of the build may outlive it: one that did would hold the lock that it inherited, and our stderr.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
