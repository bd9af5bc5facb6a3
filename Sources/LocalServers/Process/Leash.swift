/// The shell script that ties a server's life to that of the process that started it.
///
/// Its standard input is a socket whose other end only the starting process holds, so the kernel closes it however that
/// process ends, `kill -9` included. Then the script ends the server and removes its directory. (`PR_SET_PDEATHSIG`
/// would not do: it fires when the *thread* that started the server ends.)
///
/// The server leads a process group of its own, and the signal that ends it goes to the whole group.
///
/// Arguments: the signal that ends the server at once; the directory to remove, or nothing; the log file; the
/// command. Reports to standard output: `pid N` after the start and `exit N` after the end. When the server ended by
/// itself the script waits for the socket too: the word `keep` leaves the directory, an end without a word removes it.
enum Leash {
    /// The script, for `sh -c`.
    ///
    /// SIGPIPE is ignored (after the start, so that the server does not inherit that) because reports to a process
    /// that is gone must not end the script before its work is done.
    static let script = """
        signal=$1 directory=$2 log=$3
        shift 3
        exec 3<&0 </dev/null
        command -v setsid >/dev/null && set -- setsid "$@"
        "$@" 3<&- >>"$log" 2>&1 &
        server=$!
        trap '' PIPE
        (
            exec >/dev/null
            read -r word <&3
            [ "$word" = keep ] || kill -s "$signal" -- "-$server" || kill -s "$signal" "$server"
        ) &
        watcher=$!
        echo "pid $server"
        wait "$server"
        status=$?
        kill "$watcher"
        wait "$watcher"
        echo "exit $status"
        read -r word <&3
        [ "$word" = keep ] && exit
        [ -n "$directory" ] || exit
        tries=0
        until rm -rf -- "$directory" || [ "$tries" -eq 50 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
        """
}
