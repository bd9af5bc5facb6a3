/// Where a certificate or a key in PEM form comes from.
public enum PEMSource: Hashable, Sendable {
    /// A file, read again whenever certificates are reloaded.
    case file(String)

    /// The text itself.
    case text(String)
}
