using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Reflection;
using OrleansShards.Core.Json;
using OrleansShards.Core.Shards;

namespace OrleansShards.Grains.Interfaces.Wire;

/// <summary>
/// Checks that a message from the wire is one that a node could have sent: every non-nullable field is set, and every enum has a value that
/// this release knows. A broken invariant stops a node, and another process must not be able to cause that. The serializer creates a
/// message without its constructor and sets the fields that were sent, so no constructor can check this. The check of a type is compiled
/// from its declaration when its first message arrives.
/// </summary>
internal static class MessageCheck
{
    private static readonly ConcurrentDictionary<Type, Action<object>> Checks = new();

    /// <summary>Returns a message that is complete.</summary>
    /// <exception cref="MalformedMessageException">It is not; the text names the field, and what was expected.</exception>
    internal static T Whole<T>(T? message)
        where T : class
    {
        if (message is null)
            Missing("the message", typeof(T).Name);

        Checks.GetOrAdd(message.GetType(), Compile)(message);
        return message;
    }

    private static Action<object> Compile(Type type)
    {
        ParameterExpression message = Expression.Parameter(typeof(object));
        return Expression.Lambda<Action<object>>(Fields(Expression.Convert(message, type), type.Name), message).Compile();
    }

    private static Expression Fields(Expression owner, string name)
    {
        NullabilityInfoContext nullability = new();
        BlockExpression all = Expression.Block(
            from property in owner.Type.GetProperties()
            where property.SetMethod is not null
            let isOptional = nullability.Create(property).ReadState == NullabilityState.Nullable
            select Field(Expression.Property(owner, property), $"{name}.{property.Name}", isOptional)
            into field
            where field is not DefaultExpression
            select field);
        return all.Expressions.Count == 0 ? Expression.Empty()
            // Only a session has a client.
            : owner.Type == typeof(SessionTag) ? Expression.IfThen(
                Expression.NotEqual(Expression.Property(owner, nameof(SessionTag.Kind)), Expression.Constant(SessionKind.None)),
                all)
            : all;
    }

    private static Expression Field(Expression value, string name, bool isOptional)
    {
        Type type = value.Type;
        if (Nullable.GetUnderlyingType(type) is not null)
        {
            Expression present = Field(Expression.Property(value, "Value"), name, isOptional: false);
            return present is DefaultExpression ? present : Expression.IfThen(Expression.Property(value, "HasValue"), present);
        }

        Expression inside = type.IsEnum ? Call(nameof(Known), [type], value, Expression.Constant(name))
            : type.IsGenericType ? Items(value, name)
            : type.Assembly == typeof(JsonText).Assembly && type != typeof(JsonText) ? Fields(value, name)
            : Expression.Empty();
        return type.IsValueType ? inside : Expression.IfThenElse(
            Expression.ReferenceEqual(value, Expression.Constant(null)),
            isOptional ? Expression.Empty() : IsMissing(name, type.IsGenericType ? "map" : type.Name),
            inside);
    }

    /// <summary>The items of an <see cref="ImmutableArray{T}"/>, or the values of an immutable dictionary.</summary>
    private static Expression Items(Expression collection, string name)
    {
        bool isArray = collection.Type.GetGenericTypeDefinition() == typeof(ImmutableArray<>);
        Type type = collection.Type.GetGenericArguments()[^1];
        ParameterExpression item = Expression.Parameter(type);
        Expression values = isArray ? collection : Expression.Property(collection, "Values");
        Expression each = Call(
            nameof(Each),
            [type],
            Expression.Convert(values, typeof(IEnumerable<>).MakeGenericType(type)),
            Expression.Lambda(Field(item, $"{name}[]", isOptional: false), item));
        return isArray
            ? Expression.IfThenElse(Expression.Property(collection, "IsDefault"), IsMissing(name, $"list of {type.Name}"), each)
            : each;
    }

    private static MethodCallExpression IsMissing(string name, string expected) =>
        Call(nameof(Missing), null, Expression.Constant(name), Expression.Constant(expected));

    private static MethodCallExpression Call(string method, Type[]? types, params Expression[] arguments) =>
        Expression.Call(typeof(MessageCheck), method, types, arguments);

    private static void Each<T>(IEnumerable<T> items, Action<T> check)
    {
        foreach (T item in items)
            check(item);
    }

    private static void Known<T>(T value, string name)
        where T : struct, Enum
    {
        if (!Enum.IsDefined(value))
            throw new MalformedMessageException($"{name} is {value:D}, where one of {string.Join(", ", Enum.GetNames<T>())} was expected");
    }

    [DoesNotReturn]
    private static void Missing(string name, string expected) =>
        throw new MalformedMessageException($"{name} is missing, where a {expected} was expected");
}
