using System.Text.Json;

namespace Lab;

public static class LabJson
{
    public static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);
}

/// <summary>
/// What the server saw, one JSON line each on standard output. A pipe keeps the order, and keeps what was written
/// when the process is killed, which an HTTP end point would not. Logs go to standard error.
/// </summary>
public sealed class Facts
{
    private readonly Stream output = Console.OpenStandardOutput();
    private long joins;

    public static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    /// <summary>Names a join; unique over restarts, since the reader keeps its lists.</summary>
    public string NextJoin() => $"{Environment.ProcessId}:{Interlocked.Increment(ref joins)}";

    public void Write(object fact)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(fact, LabJson.Options);
        lock (output)
        {
            output.Write([.. line, (byte)'\n']);
            output.Flush();
        }
    }
}
