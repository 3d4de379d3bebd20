namespace ShoppingServer;

public sealed record ShoppingItem(int Id, string Name, bool Bought, string By);

/// <summary>One list for everybody, in memory.</summary>
internal sealed class ShoppingList
{
    private readonly Dictionary<int, ShoppingItem> _items = [];

    public ShoppingItem[] All()
    {
        lock (_items) return [.. _items.Values];
    }

    public ShoppingItem Add(string name, string by)
    {
        lock (_items)
        {
            var item = new ShoppingItem(_items.Count + 1, name, Bought: false, by);
            return _items[item.Id] = item;
        }
    }

    /// <summary>Null: there is none.</summary>
    public ShoppingItem? SetBought(int id, bool bought)
    {
        lock (_items) return _items.TryGetValue(id, out var item) ? _items[id] = item with { Bought = bought } : null;
    }
}
