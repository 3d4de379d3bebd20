using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace ChatServer;

/// <summary>What the rooms remember, and the rules of the chat. It knows nothing of connections.</summary>
public sealed class ChatRooms
{
    public const int VisitorWords = 4;
    public const int MaxTextLength = 2000;

    public static readonly IReadOnlyList<Room> All =
    [
        new("lobby", "Lobby", null),
        new("kitchen", "Kitchen", null),
        new("staff", "Staff only", "staff"),
    ];

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<ChatMessage>> _messages = All.ToDictionary(room => room.Name, _ => new List<ChatMessage>());
    private readonly string? _file;
    private readonly int _historySize;

    /// <param name="file">One message a line. With it the rooms outlive the process, which the demo kills; ids never repeat.</param>
    /// <param name="historySize">How many messages a room keeps.</param>
    public ChatRooms(string? file, int historySize)
    {
        _file = file;
        _historySize = historySize;
        if (file is null || !File.Exists(file)) return;
        foreach (var line in File.ReadLines(file))
        {
            // The last line may be half written: the plug was pulled.
            try { Keep(JsonSerializer.Deserialize<ChatMessage>(line)!); }
            catch (JsonException) { }
        }
    }

    /// <summary>The room, if it exists and this user may enter it.</summary>
    public static Room Enter(string name, System.Security.Claims.ClaimsPrincipal? user)
    {
        var room = All.FirstOrDefault(room => room.Name == name) ?? throw new HubException($"There is no room '{name}'.");
        return room.Role is null || user?.IsInRole(room.Role) == true
            ? room
            : throw new HubException($"The room '{room.Name}' is for members of the role '{room.Role}'.");
    }

    /// <summary>Throws unless the text can be sent as it is.</summary>
    public static string CheckText(string text)
    {
        if (string.IsNullOrWhiteSpace(text)) throw new HubException("A message needs a text.");
        if (text.Length > MaxTextLength) throw new HubException($"A message may have {MaxTextLength} characters at most.");
        return text;
    }

    public ChatMessage Add(Room room, string userId, string name, string text)
    {
        lock (_lock)
        {
            var id = (_messages[room.Name].LastOrDefault()?.Id ?? 0) + 1;
            var message = new ChatMessage(id, room.Name, userId, name, text, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), false);
            if (_file is not null) File.AppendAllText(_file, JsonSerializer.Serialize(message) + "\n");
            Keep(message);
            return message;
        }
    }

    public IReadOnlyList<ChatMessage> History(Room room)
    {
        lock (_lock) return [.. _messages[room.Name]];
    }

    /// <summary>What a visitor sees of a message: its first words.</summary>
    public static ChatMessage CutForVisitors(ChatMessage message)
    {
        var words = message.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length <= VisitorWords
            ? message
            : message with { Text = string.Join(' ', words.Take(VisitorWords)) + "…", Truncated = true };
    }

    private void Keep(ChatMessage message)
    {
        var messages = _messages[message.Room];
        messages.Add(message);
        if (messages.Count > _historySize) messages.RemoveAt(0);
    }
}
