using System.Text.RegularExpressions;

namespace OrleansShards.Tests.House;

/// <summary>Finds types and members by counting braces in code that has no comments and literals any more.</summary>
internal sealed partial class Outline
{
    private readonly string _code;
    private readonly List<Declaration> _found = [];
    private int _at;

    private Outline(string code) => _code = code;

    public static IReadOnlyList<Declaration> Of(string code)
    {
        var outline = new Outline(code);
        while (outline._at < code.Length)
        {
            outline.Body(inType: false, topLevel: true);
            outline._at++;
        }

        return outline._found;
    }

    /// <summary>Reads declarations up to the brace that closes what they are in.</summary>
    private void Body(bool inType, bool topLevel)
    {
        while (true)
        {
            SkipBlanks();
            SkipAttributes();
            if (_at >= _code.Length || _code[_at] == '}')
            {
                return;
            }

            One(inType, topLevel);
        }
    }

    private void One(bool inType, bool topLevel)
    {
        var start = _at;
        var header = Header();
        if (NamespaceHeader().IsMatch(header))
        {
            Inside(inType: false, topLevel: true);
        }
        else if (TypeHeader().Match(header) is { Success: true } type)
        {
            var kind = type.Groups["kind"].Value;
            // What is in an enum is neither member nor type.
            if (kind == "enum")
            {
                SkipBlock();
            }
            else
            {
                Inside(inType: true, topLevel: false);
            }

            SkipSemicolon();
            var isPublic = PublicModifier().IsMatch(header[..type.Groups["kind"].Index]);
            _found.Add(new(kind, type.Groups["name"].Value, topLevel, isPublic, start, _at));
        }
        else
        {
            var (isData, end) = Rest(header);
            if (inType)
            {
                _found.Add(new(isData ? "data" : "code", MemberName(header), false, false, start, end));
            }
        }
    }

    /// <summary>Everything before the declaration's own brace, arrow, assignment or semicolon: that is next.</summary>
    private string Header()
    {
        var start = _at;
        for (; _at < _code.Length; _at++)
        {
            var c = _code[_at];
            if (c is '(' or '[')
            {
                SkipBlock();
                _at--;
            }
            else if (c is '{' or ';' or '}' || (c == '=' && !IsOperator()))
            {
                break;
            }
        }

        return _code[start.._at];
    }

    /// <summary>The <c>=</c> of <c>operator ==</c> and the like, which does not end a header.</summary>
    private bool IsOperator() => OperatorName().IsMatch(_code[Math.Max(0, _at - 16).._at]);

    /// <summary>Reads a member's body, accessors, expression or value; also whether it only holds something.</summary>
    private (bool IsData, int End) Rest(string header)
    {
        var next = _at < _code.Length ? _code[_at] : ';';
        var isData = next == '=' ? !ArrowAhead() : !header.Contains('(');
        if (next == '{')
        {
            var from = _at;
            SkipBlock();
            var hasCode = _code.AsSpan(from, _at - from).ContainsAny('(', '=') || header.Contains('(');
            var end = _at;
            SkipBlanks();
            if (_at >= _code.Length || _code[_at] != '=')
            {
                return (!hasCode, end);
            }

            isData = !hasCode;
        }

        for (; _at < _code.Length && _code[_at] is not (';' or '}'); _at++)
        {
            if (_code[_at] is '(' or '[' or '{')
            {
                SkipBlock();
                _at--;
            }
        }

        SkipSemicolon();
        return (isData, _at);
    }

    private bool ArrowAhead() => _at + 1 < _code.Length && _code[_at + 1] == '>';

    private void Inside(bool inType, bool topLevel)
    {
        if (_at >= _code.Length || _code[_at] != '{')
        {
            _at++;
            return;
        }

        _at++;
        Body(inType, topLevel);
        _at = Math.Min(_at + 1, _code.Length);
    }

    private void SkipBlock()
    {
        if (_at >= _code.Length || _code[_at] is not ('(' or '[' or '{'))
        {
            return;
        }

        var depth = 0;
        do
        {
            depth += _code[_at] switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };
            _at++;
        }
        while (depth > 0 && _at < _code.Length);
    }

    private void SkipAttributes()
    {
        while (_at < _code.Length && _code[_at] == '[')
        {
            SkipBlock();
            SkipBlanks();
        }
    }

    private void SkipBlanks()
    {
        while (_at < _code.Length && char.IsWhiteSpace(_code[_at]))
        {
            _at++;
        }
    }

    private void SkipSemicolon()
    {
        if (_at < _code.Length && _code[_at] == ';')
        {
            _at++;
        }
    }

    private static string MemberName(string header)
    {
        var signature = AfterSignature().Split(header, 2)[0];
        return MethodName().Match(signature) is { Success: true } method
            ? method.Groups["name"].Value
            : LastWord().Match(signature).Value;
    }

    [GeneratedRegex(@"^namespace\s")]
    private static partial Regex NamespaceHeader();

    [GeneratedRegex(
        @"^(?:(?:public|internal|private|protected|static|sealed|abstract|partial|readonly|ref|file|unsafe|new)\s+)*
        (?<kind>class|struct|interface|enum|record)\s+(?:(?:class|struct)\s+)?(?<name>@?\w+)",
        RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex TypeHeader();

    [GeneratedRegex(@"\bpublic\b")]
    private static partial Regex PublicModifier();

    [GeneratedRegex(@"\boperator\s*[=!<>+*/%&|^-]{0,3}$")]
    private static partial Regex OperatorName();

    [GeneratedRegex(@"\swhere\s|:\s*(?=base\b|this\b)")]
    private static partial Regex AfterSignature();

    [GeneratedRegex(@"(?<name>operator\s*\S+?|\w+)\s*(?:<[^()]*>)?\s*\([^()]*(?:\([^()]*\)[^()]*)*\)\s*$")]
    private static partial Regex MethodName();

    [GeneratedRegex(@"\bthis(?=\s*\[)|\w+(?=\W*$)")]
    private static partial Regex LastWord();
}
