using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace Lab;

/// <summary>A command of ../commands.ts; each uses some of the fields.</summary>
public sealed record Command(
    int Id,
    string Name,
    string? User = null,
    string[]? Tokens = null,
    string? Role = null,
    Redirect? Target = null,
    string? ConnectionId = null,
    int Every = 0,
    string? Group = null,
    int Times = 0,
    int Delay = 0,
    bool AllowReconnect = false,
    string? Method = null,
    JsonElement[]? Args = null,
    Rejection? Rejection = null);

/// <summary>
/// What the test asks for, one JSON line each on standard input. No end point, so nothing of the lab is reachable from
/// a page; and the end of the input says that the parent is gone, however it went.
/// </summary>
public sealed class Commands(LabState state, Facts facts, LiveConnections live, Numbers numbers, IHubContext<LabHub> hub)
{
    public void Run()
    {
        while (Console.In.ReadLine() is { } line)
        {
            var command = JsonSerializer.Deserialize<Command>(line, LabJson.Options)!;
            if (command.Name == "ask")
            {
                // Others go on: who is asked may need time, or never answer.
                _ = Ask(command);
                continue;
            }
            object? result = null;
            string? error = null;
            try
            {
                result = Obey(command);
            }
            catch (Exception exception)
            {
                error = exception.Message;
            }
            // Everything that was told before this line was seen before the command was answered.
            facts.Write(new { fact = "done", id = command.Id, result, error });
        }
        System.Diagnostics.Process.GetCurrentProcess().Kill();
    }

    public object? Obey(Command command)
    {
        switch (command.Name)
        {
            case "sync": break;
            case "state": return state.With(s => JsonSerializer.SerializeToElement(s, LabJson.Options));
            case "revoke": state.Change(s => s.RevokedTokens.UnionWith(command.Tokens!)); break;
            case "forbid": state.Change(s => s.ForbiddenUsers.Add(command.User!)); break;
            case "allow": state.Change(s => s.ForbiddenUsers.Remove(command.User!)); break;
            case "revokeRole": state.Change(s => s.RevokedRoles.Add($"{command.User} {command.Role}")); break;
            case "redirect": state.Change(s => s.Redirect = command.Target); break;
            case "startNumbers": numbers.Start(command.Every); break;
            case "stopNumbers": return numbers.Stop();
            case "refuseGroup": state.Change(s => s.RefusedGroups.Add(command.Group!)); break;
            case "admitGroup": state.Change(s => s.RefusedGroups.Remove(command.Group!)); break;
            case "failGroup": state.Change(s => s.FailingGroups[command.Group!] = command.Times); break;
            case "failConnections": state.Change(s => s.FailingConnections = command.Times); break;
            case "joinDelay": state.Change(s => s.JoinDelay = command.Delay); break;
            case "disconnectDelay": state.Change(s => s.DisconnectDelay = command.Delay); break;
            case "reject": state.Change(s => s.Rejections[command.Rejection!.On] = command.Rejection); break;
            case "drop": live.Drop(); break;
            case "closeAll": live.CloseAll(command.AllowReconnect); break;
            case "broadcast": Send(hub.Clients.All, command); break;
            case "toGroup": Send(hub.Clients.Group(command.Group!), command); break;
            case "toUser": Send(hub.Clients.User(command.User!), command); break;
            default: throw new ArgumentException($"No such command: {command.Name}");
        }
        return null;
    }

    private async Task Ask(Command command)
    {
        try
        {
            var answer = await hub.Clients.Client(command.ConnectionId!).InvokeCoreAsync<JsonElement>(command.Method!, Arguments(command), CancellationToken.None);
            facts.Write(new { fact = "done", id = command.Id, result = answer, error = (string?)null });
        }
        catch (Exception exception)
        {
            facts.Write(new { fact = "done", id = command.Id, result = (object?)null, error = exception.Message });
        }
    }

    private static object?[] Arguments(Command command) => command.Args!.Select(argument => (object?)argument).ToArray();

    private static void Send(IClientProxy clients, Command command) =>
        clients.SendCoreAsync(command.Method!, Arguments(command)).GetAwaiter().GetResult();
}
