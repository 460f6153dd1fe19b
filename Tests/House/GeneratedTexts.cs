using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace OrleansShards.Tests.House;

/// <summary>
/// Finds where a value becomes text by a <c>ToString</c> that nobody has written for people: a record's, which names types and fields;
/// that of <see cref="object"/>, which names a type; an exception's, which has its stack.
/// </summary>
internal static class GeneratedTexts
{
    private const string NameOfType = "the name of its type";

    internal static IEnumerable<Finding> FindIn(CSharpCompilation code)
    {
        foreach (var (part, type) in PartsIn(code))
        {
            if (ProblemOf(type) is { } problem)
            {
                var line = part.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                yield return new("generated-text", part.SyntaxTree.FilePath, line, $"{part}", $"{part} becomes {problem}");
            }
        }
    }

    /// <summary>What becomes text, where; and whether its type could be found.</summary>
    internal static IEnumerable<(string Where, bool IsKnown)> ListIn(CSharpCompilation code) => PartsIn(code).Select(static one =>
        ($"{one.Part.SyntaxTree.FilePath}: {one.Part}", one.Type is not (null or { TypeKind: TypeKind.Error })));

    private static IEnumerable<(ExpressionSyntax Part, ITypeSymbol? Type)> PartsIn(CSharpCompilation code)
    {
        foreach (var tree in code.SyntaxTrees)
        {
            var model = code.GetSemanticModel(tree);
            foreach (var node in tree.GetRoot().DescendantNodes())
            {
                foreach (var part in PartsOf(node, model))
                    yield return (part, TypeOf(part, model, IsJoined(node, model)));
            }
        }
    }

    /// <summary>The expressions that a node makes text of.</summary>
    private static IEnumerable<ExpressionSyntax> PartsOf(SyntaxNode node, SemanticModel model) => node switch
    {
        InterpolationSyntax hole => [hole.Expression],
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } sum when IsString(model.GetTypeInfo(sum).Type) =>
            [sum.Left, sum.Right],
        InvocationExpressionSyntax call when model.GetSymbolInfo(call).Symbol is IMethodSymbol method => PartsOf(call, method),
        _ => [],
    };

    private static IEnumerable<ExpressionSyntax> PartsOf(InvocationExpressionSyntax call, IMethodSymbol method)
    {
        if (method is { Name: nameof(ToString), Parameters.Length: 0 } && call.Expression is MemberAccessExpressionSyntax access)
            return [access.Expression];

        // What is logged as an exception is to have its stack.
        var isLog = method.GetAttributes().Any(static given => given.AttributeClass?.Name == "LoggerMessageAttribute");
        return isLog || IsString(method.ContainingType) || method.ContainingType.Name == nameof(System.Text.StringBuilder)
            ? call.ArgumentList.Arguments.Index().Where(argument => !isLog || !IsException(method.Parameters[argument.Index].Type))
                .Select(static argument => argument.Item.Expression)
            : [];
    }

    private static bool IsJoined(SyntaxNode node, SemanticModel model) =>
        node is InvocationExpressionSyntax call && model.GetSymbolInfo(call).Symbol is { Name: "Join" or "AppendJoin" or "Concat" };

    private static ITypeSymbol? TypeOf(ExpressionSyntax part, SemanticModel model, bool isJoined) => model.GetTypeInfo(part).Type switch
    {
        INamedTypeSymbol { OriginalDefinition.SpecialType: SpecialType.System_Nullable_T } maybe => maybe.TypeArguments[0],
        { SpecialType: not SpecialType.System_String } many when isJoined && ItemOf(many) is { } item => item,
        var type => type,
    };

    private static ITypeSymbol? ItemOf(ITypeSymbol many) => many.AllInterfaces.Append(many).OfType<INamedTypeSymbol>()
        .FirstOrDefault(static one => one.OriginalDefinition.SpecialType == SpecialType.System_Collections_Generic_IEnumerable_T)
        ?.TypeArguments[0];

    private static string? ProblemOf(ITypeSymbol? type)
    {
        if (type is null or { SpecialType: SpecialType.System_Object or SpecialType.System_String })
            return null;

        if (type.TypeKind is TypeKind.Array or TypeKind.Delegate || (type.TypeKind == TypeKind.Interface && ItemOf(type) is not null))
            return NameOfType;

        return type.TypeKind is not (TypeKind.Class or TypeKind.Struct) ? null
            : IsException(type) ? "an exception's stack"
            : ProblemOf(
                BasesOf(type).SelectMany(static one => one.GetMembers(nameof(ToString))).OfType<IMethodSymbol>()
                    .First(static method => method is { IsStatic: false, Parameters.Length: 0 }),
                type);
    }

    // Of an abstract class the value's own one says.
    private static string? ProblemOf(IMethodSymbol text, ITypeSymbol type) =>
        text.IsImplicitlyDeclared || IsGenerated(text) ? "a record's generated text"
        : text.ContainingType.SpecialType is SpecialType.System_Object or SpecialType.System_ValueType && !type.IsAbstract ? NameOfType
        : null;

    private static bool IsGenerated(IMethodSymbol method) =>
        method.GetAttributes().Any(static given => given.AttributeClass?.Name == nameof(CompilerGeneratedAttribute));

    private static bool IsException(ITypeSymbol? type) => type is not null && BasesOf(type).Any(static one => one is
    {
        Name: nameof(Exception), ContainingNamespace.Name: nameof(System),
    });

    private static bool IsString(ITypeSymbol? type) => type?.SpecialType == SpecialType.System_String;

    private static IEnumerable<ITypeSymbol> BasesOf(ITypeSymbol type)
    {
        for (var at = type; at is not null; at = at.BaseType)
            yield return at;
    }
}
