import ArgumentParser
import Formats
import Foundation

/// `queueflow users`.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "Accounts; for administrators.",
        subcommands: [
            ListCommand<UserListing>.self, GetCommand<UserShowing>.self, CreateUserCommand.self, EditUserCommand.self,
            ActCommand<DeleteUser>.self,
        ]
    )
}

enum UserListing: Listing {
    typealias Filter = TenantFilter
    static let noun = Noun.users
    static let abstract = "List accounts."
}

enum UserShowing: Showing {
    static let noun = Noun.users
    static let abstract = "Show an account."
}

enum DeleteUser: Act {
    static let noun = Noun.users
    static let verb = "delete"
    static let abstract = "Delete an account and end its sessions."
    static let done = "deleted"
    static let method = APICall.Method.delete
    static let suffix = ""
    static let warning: String? = "Its sessions end at once."
}

/// A password that is asked for, or read from standard input.
struct PasswordOptions: ParsableArguments {
    @Flag(help: "Read the password from standard input.") var passwordStdin = false

    /// The new password.
    func ask() async throws -> String {
        let surroundings = Surroundings.current
        if passwordStdin {
            var lines = LineReader(surroundings.input)
            return try await lines.next().map { String(decoding: $0, as: UTF8.self).trimmed("\r") } ?? ""
        }
        guard surroundings.terminal.asks else {
            throw CommandFailure(.usage, "there is no terminal to ask for the password at; give it by --password-stdin")
        }
        let (input, notes) = (surroundings.input, surroundings.notes)
        let password = try await input.answer(to: "New password: ", on: notes, isSecret: true)
        let again = try await input.answer(to: "\nAgain: ", on: notes, isSecret: true)
        surroundings.notes.line()
        guard password == again else {
            throw CommandFailure(.usage, "the two passwords are not the same; nothing was done")
        }
        return password
    }
}

/// `queueflow users create`.
struct CreateUserCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an account; its password is asked for."
    )

    @Argument(help: "The account's name.") var username: String
    @Option(help: ArgumentHelp("ADMIN or USER.", valueName: "role")) var role: String?
    @Option(help: ArgumentHelp("Whose account it is.", valueName: "tenant")) var tenant: String?
    @OptionGroup var password: PasswordOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        var members = Members()
        members.add("username", username)
        members.add("password", try await password.ask())
        members.add("role", role?.uppercased())
        members.add("tenant", tenant)
        let user = try await client.send(APICall(.post, Noun.users.path, members: members)).json()
        try output.printer(for: .users).print(user)
    }
}

/// `queueflow users edit`.
struct EditUserCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change an account's role or password, or disable it."
    )

    @Argument(help: "The account: its id or name.") var user: String
    @Option(help: ArgumentHelp("ADMIN or USER.", valueName: "role")) var role: String?
    @Flag(help: "Ask for a new password.") var password = false
    @Flag(inversion: .prefixedEnableDisable, help: "Let it in, or not.") var account: Bool?
    @OptionGroup var input: PasswordOptions
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        let client = try connection.client()
        var members = Members()
        members.add("role", role?.uppercased())
        members.add("disabled", account.map { !$0 })
        if password || input.passwordStdin { members.add("password", try await input.ask()) }
        guard !members.isEmpty else {
            throw CommandFailure(.usage, "nothing to change was given; see: queueflow users edit --help")
        }
        let path = Noun.users.path(of: try await client.key(of: user, .users))
        try output.printer(for: .users).print(try await client.send(APICall(.patch, path, members: members)).json())
    }
}

/// `queueflow keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "API keys; for administrators.",
        subcommands: [ListCommand<KeyListing>.self, CreateKeyCommand.self, ActCommand<RevokeKey>.self]
    )
}

enum KeyListing: Listing {
    typealias Filter = TenantFilter
    static let noun = Noun.keys
    static let abstract = "List API keys; what they are is not known any more."
}

enum RevokeKey: Act {
    static let noun = Noun.keys
    static let verb = "revoke"
    static let abstract = "Revoke API keys."
    static let done = "revoked"
    static let method = APICall.Method.delete
    static let suffix = ""
    static let warning: String? = "Whoever uses it is let in no more."
}

/// `queueflow keys create`: the only time that a key is shown.
struct CreateKeyCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make an API key and print it; it is shown this once."
    )

    @Argument(help: "What it is for.") var name: String
    @Option(help: ArgumentHelp("ADMIN, USER or WORKER.", valueName: "role")) var role: String?
    @Option(help: ArgumentHelp("Whose key it is.", valueName: "tenant")) var tenant: String?
    @Option(help: ArgumentHelp("What it may do, such as jobs:read; may be given several times.", valueName: "scope"))
    var scope: [String] = []
    @Option(help: ArgumentHelp("When it expires: RFC 3339, or from now, such as 90d.", valueName: "time")) var expires:
        Moment?
    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func call() async throws {
        var members = Members()
        members.add("name", name)
        members.add("role", role?.uppercased())
        members.add("tenant", tenant)
        if !scope.isEmpty { members.add("scopes", scope) }
        members.add("expires_at", expires?.text(after: Surroundings.current.now()))
        let key = try await connection.client().send(APICall(.post, Noun.keys.path, members: members)).json()
        guard output.format != nil else {
            Surroundings.current.output.line(key.text("key") ?? "")
            return Surroundings.current.remark(
                "Keep it: it is not shown again. Its id, for keys revoke, is \(key.text("id") ?? "")."
            )
        }
        try output.printer(for: .keys).print(key)
    }
}
