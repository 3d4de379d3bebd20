using Microsoft.AspNetCore.SignalR;

namespace ShoppingServer;

/// <summary>What the page hears: ../contract.ts is the same in TypeScript.</summary>
public interface IShoppingPage
{
    /// <summary>A new item, or one that is bought now, or not any more.</summary>
    Task ItemChanged(ShoppingItem item);
}

internal sealed class ShoppingHub(ShoppingList list) : Hub<IShoppingPage>
{
    public async Task SetBought(int id, bool bought)
    {
        var changed = list.SetBought(id, bought) ?? throw new HubException("There is no such item.");
        await Clients.All.ItemChanged(changed);
    }

    /// <summary>What a tunnel does: the connection dies without a word.</summary>
    public void DropMyConnection() => Context.GetHttpContext()!.Abort();
}
