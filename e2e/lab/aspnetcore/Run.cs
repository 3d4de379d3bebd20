using System.Runtime.CompilerServices;

namespace Lab;

/// <summary>Tells of a method that has a name for it: what it reads, and how it ends.</summary>
public sealed class Run
{
    private readonly Facts facts;
    private readonly string run;

    public Run(Facts facts, string run, string connectionId)
    {
        (this.facts, this.run) = (facts, run);
        facts.Write(new { fact = "runStarted", run, connectionId });
    }

    public async IAsyncEnumerable<T> Read<T>(IAsyncEnumerable<T> items, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        await foreach (var item in items.WithCancellation(cancel))
        {
            facts.Write(new { fact = "runItem", run, item });
            yield return item;
        }
    }

    public void Ended(string how) => facts.Write(new { fact = "runEnded", run, how });
}
