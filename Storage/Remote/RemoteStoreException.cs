namespace Flow.Storage.Remote;

/// <summary>A remote store did not give what it should; the message names the file's address and says what to do. Nothing of the file is used.</summary>
public class RemoteStoreException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>The store has no file of that name.</summary>
public sealed class NotInStoreException(string message) : RemoteStoreException(message);
