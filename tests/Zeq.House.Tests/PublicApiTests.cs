using System.Reflection;
using System.Text;

namespace Zeq.House.Tests;

/// <summary>
/// The public API of each package stands in a reviewed text file: a change of the code without a change of the file fails here.
/// <c>ZEQ_UPDATE_PUBLIC_API=1</c> writes the files anew.
/// </summary>
public class PublicApiTests
{
    [Theory]
    [InlineData("Zeq.Crypto")]
    [InlineData("Zeq.Protocol")]
    [InlineData("Zeq.Storage.Sqlite")]
    [InlineData("Zeq.Storage.Postgres")]
    [InlineData("Zeq.Client")]
    [InlineData("Zeq.Hosting")]
    [InlineData("Zeq.Tunnel")]
    public void ThePublicApiIsTheReviewedOne(string name)
    {
        string file = Path.Combine(Packages.Folder(name), "PublicAPI.txt");
        string now = Describe(Packages.Load(name));
        if (Environment.GetEnvironmentVariable("ZEQ_UPDATE_PUBLIC_API") == "1")
        {
            File.WriteAllText(file, now);
        }

        string[] reviewed = File.Exists(file) ? File.ReadAllLines(file) : [];
        string[] actual = now.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([], actual.Except(reviewed).Select(line => "not reviewed: " + line));
        Assert.Equal([], reviewed.Except(actual).Select(line => "gone: " + line));
    }

    private static string Describe(Assembly assembly)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Type type in assembly.GetExportedTypes())
        {
            string name = Name(type);
            lines.Add($"{Kind(type)} {name}");
            const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
            foreach (MemberInfo member in type.GetMembers(Own))
            {
                if (Line(member) is { } line)
                {
                    lines.Add($"{name}.{line}");
                }
            }
        }

        return string.Join('\n', lines) + "\n";
    }

    private static string? Line(MemberInfo member) => member switch
    {
        MethodInfo { IsSpecialName: false } m when IsVisible(m) && !m.Name.Contains('<') => $"{m.Name}{Generic(m)}({Parameters(m)}) : {Name(m.ReturnType)}{(m.IsStatic ? " static" : "")}",
        MethodInfo { IsSpecialName: true } m when IsVisible(m) && m.Name.StartsWith("op_", StringComparison.Ordinal) => $"{m.Name}({Parameters(m)}) : {Name(m.ReturnType)} static",
        ConstructorInfo c when IsVisible(c) && !c.IsStatic => $"new({Parameters(c)})",
        PropertyInfo p when p.GetMethod is { } get && IsVisible(get) =>
            $"{p.Name} : {Name(p.PropertyType)} {{ get;{(p.SetMethod is { } set && IsVisible(set) ? set.ReturnParameter.GetRequiredCustomModifiers().Length > 0 ? " init;" : " set;" : "")} }}{(get.IsStatic ? " static" : "")}",
        FieldInfo f when f.IsPublic && !f.IsSpecialName => $"{f.Name} : {Name(f.FieldType)}{(f.IsLiteral ? $" = {f.GetRawConstantValue()}" : "")}",
        _ => null,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(p => $"{Name(p.ParameterType)} {p.Name}{(p.HasDefaultValue ? " = default" : "")}"));

    private static string Generic(MethodInfo method) => method.IsGenericMethod ? "<" + string.Join(", ", method.GetGenericArguments().Select(a => a.Name)) + ">" : "";

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsAbstract: true } => "abstract class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return "ref " + Name(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        var name = new StringBuilder(type.IsNested ? Name(type.DeclaringType!) + "." : "").Append(type.Name.Split('`')[0]);
        Type[] arguments = type.GetGenericArguments();
        return arguments.Length == 0 ? name.ToString() : name + "<" + string.Join(", ", arguments.Select(Name)) + ">";
    }
}
