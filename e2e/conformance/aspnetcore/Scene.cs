using System.Collections.Concurrent;
using System.Text.Json;

namespace Conformance;

/// <summary>
/// What a behaviour sees and steers beside the wire: facts go out as JSON lines, gates are opened by commands. Nothing
/// here waits for a time.
/// </summary>
public sealed class Scene
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> gates = new();

    /// <summary>Completes once the gate is open, also when it was opened before.</summary>
    public Task Gate(string name) => GateOf(name).Task;

    public void Tell(object fact)
    {
        var line = JsonSerializer.Serialize(fact, Json);
        lock (this)
        {
            Console.Out.WriteLine(line);
            Console.Out.Flush();
        }
    }

    public void ObeyUntilTheInputEnds()
    {
        while (Console.In.ReadLine() is { } line)
        {
            var command = JsonSerializer.Deserialize<Command>(line, Json)!;
            GateOf(command.Gate).TrySetResult();
            Tell(new { fact = "done", id = command.Id, result = (object?)null, error = (string?)null });
        }
        // The parent is gone, however it went.
        System.Diagnostics.Process.GetCurrentProcess().Kill();
    }

    private TaskCompletionSource GateOf(string name) =>
        gates.GetOrAdd(name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private sealed record Command(int Id, string Gate);
}
