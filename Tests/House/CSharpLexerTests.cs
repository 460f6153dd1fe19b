namespace OrleansShards.Tests.House;

public sealed class CSharpLexerTests
{
    [Theory]
    [InlineData("a(\"}\\\"}\"); b", "a(); b")]
    [InlineData("a(@\"}\"\"}\\\"); b", "a(); b")]
    [InlineData("a('}', '\\'', '\\\\'); b", "a(, , ); b")]
    [InlineData("a($\"{{ {x[\"}\"]} }}\"); b", "a(x[]); b")]
    [InlineData("a($@\"}{x}\"\"\"); b", "a(x); b")]
    [InlineData("a(@$\"}\"); @class", "a(); @class")]
    [InlineData("a($\"{(x ? $\"{y}}}\" : \"{\")}\"); b", "a((x ? y : )); b")]
    [InlineData("a(\"\"\"}\"x\"}\"\"\"); b", "a(); b")]
    [InlineData("a($$\"\"\"\"}{{x}}\"\"\"}\"\"\"\"); b", "a(); b")]
    [InlineData("a(\"\"); b", "a(); b")]
    [InlineData("a(); // }\nb", "a(); \nb")]
    [InlineData("a(); /* } \n ' */ b", "a(); \n b")]
    [InlineData("a(\"unfinished}\nb", "a(\nb")]
    [InlineData("#if X // don't }\nb", "\nb")]
    [InlineData("} a", "} a")]
    public void Code_TextWithLiteralsAndComments_LeavesThemOut(string text, string code)
    {
        var parts = CSharpLexer.Split(text);
        Assert.Equal(text.Length, parts.Code.Length);
        Assert.Equal(Squeeze(code), Squeeze(parts.Code));
    }

    [Theory]
    [InlineData("a(\"// no\"); // yes\nb", "// yes\n")]
    [InlineData("/* yes */ a('/', \"/* no */\");", "/* yes */")]
    [InlineData("a($\"// no {x /* yes */}\");", "/* yes */")]
    [InlineData("/// <summary>yes</summary>", "/// <summary>yes</summary>")]
    public void Comments_TextWithLiterals_AreOnlyComments(string text, string comments) =>
        Assert.Equal(Squeeze(comments), Squeeze(CSharpLexer.Split(text).Comments));

    [Fact]
    public void Directives_LineWithHashFirst_IsOne()
    {
        var parts = CSharpLexer.Split("a();\n  #region it's\nb('#', \"#x\");\n");
        Assert.Equal("#region it's", parts.Directives.Trim());
        Assert.Equal("a();b(,);", Squeeze(parts.Code));
    }

    [Fact]
    public void Split_EveryFileOfTheRepository_HasBalancedBraces()
    {
        var files = Repository.CSharpFiles();
        Assert.All(files, f => Assert.Equal(f.Parts.Code.Count(c => c == '{'), f.Parts.Code.Count(c => c == '}')));
    }

    private static string Squeeze(string text) => string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
}
