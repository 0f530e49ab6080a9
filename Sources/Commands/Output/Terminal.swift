import Checklist
import Core
import Glibc
import Synchronization

/// Where a verb's words go: the answer to standard output, talk to standard error.
package struct Terminal: Sendable {
  package let environment: [String: String]
  /// Machines read standard output: human talk goes to standard error.
  package let isForMachines: Bool

  package init(environment: [String: String], isForMachines: Bool) {
    self.environment = environment
    self.isForMachines = isForMachines
  }

  /// Whether the stream that ``say(_:)`` writes to is a terminal that shows colour, and nobody asked for none.
  package var showsColour: Bool { showsColour(on: isForMachines ? STDERR_FILENO : STDOUT_FILENO) }

  /// The same of ``talk(_:)``'s stream, which may go to a file while the other is a terminal.
  package var talkShowsColour: Bool { showsColour(on: STDERR_FILENO) }

  private func showsColour(on descriptor: Int32) -> Bool {
    environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
      && environment["GATEHOUSE_PLAIN", default: ""].isEmpty && isatty(descriptor) == 1
  }

  /// Whether marks such as `✓` can be shown; else words stand for them.
  package var showsSymbols: Bool {
    guard environment["GATEHOUSE_PLAIN", default: ""].isEmpty else { return false }
    let locale =
      environment["LC_ALL"].flatMap { $0.isEmpty ? nil : $0 } ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? ""
    // CI systems often set no locale at all, and all of them show UTF-8.
    return locale.isEmpty || locale.lowercased().contains("utf")
  }

  /// Columns of the stream that ``say(_:)`` writes to, when it is a terminal; 120 for everything else.
  package var width: Int {
    var size = winsize()
    guard ioctl(isForMachines ? STDERR_FILENO : STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
      return 120
    }
    return min(120, Int(size.ws_col))
  }

  /// How checklists are shown here.
  package var page: ChecklistText {
    ChecklistText(width: width, showsColour: showsColour, showsSymbols: showsSymbols)
  }

  /// The line for people.
  package func say(_ line: String) {
    Terminal.write(shown(line) + "\n", to: isForMachines ? STDERR_FILENO : STDOUT_FILENO)
  }

  /// Lines for people, broken by us.
  package func say(lines text: String) {
    Terminal.write(shown(text, lines: true) + "\n", to: isForMachines ? STDERR_FILENO : STDOUT_FILENO)
  }

  /// Talk that is not the answer.
  package func talk(_ line: String) { Terminal.write(shown(line, colours: talkShowsColour) + "\n", to: STDERR_FILENO) }

  /// Talk of several lines, broken by us.
  package func talk(lines text: String) {
    Terminal.write(shown(text, lines: true, colours: talkShowsColour) + "\n", to: STDERR_FILENO)
  }

  private func shown(_ text: String, lines: Bool = false, colours: Bool? = nil) -> String {
    spelled(HarmlessText.of(text, lines: lines, colours: colours ?? showsColour))
  }

  /// The one document for machines.
  package func answer(_ document: JSON) {
    // Two of these begin a command to some CIs, wherever they stand (see `HarmlessText`); escaped they are the same JSON.
    Terminal.write(document.text(.indented).replacing("##", with: "\\u0023\\u0023") + "\n", to: STDOUT_FILENO)
  }

  /// The signs that sentences use, as ASCII where symbols cannot be shown. Names are left as they are.
  private func spelled(_ line: String) -> String {
    guard !showsSymbols else { return line }
    return line.reduce(into: "") { text, character in
      switch character {
      case "→": text += "to"
      case "≥": text += ">="
      case "≤": text += "<="
      case "·", "─": text += "-"
      case "…": text += "..."
      case "×": text += "x"
      default: text.append(character)
      }
    }
  }

  private static let turn = Mutex(())

  /// Lines for machines. `false` when they could not all be written.
  static func write(lines text: String) -> Bool {
    write(text.replacing("##", with: "\\u0023\\u0023"), to: STDOUT_FILENO)
  }

  /// Writes all of it; what a closed pipe does not take is lost, as with any filter.
  @discardableResult private static func write(_ text: String, to descriptor: Int32) -> Bool {
    turn.withLock { _ in
      var bytes = Array(text.utf8)[...]
      while !bytes.isEmpty {
        let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if written > 0 {
          bytes = bytes.dropFirst(written)
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
  }
}

extension Terminal {
  package enum Mark: Sendable { case good, bad, unknown, warning, neutral }

  /// A mark that says the same without colour and without symbols.
  package func mark(_ mark: Mark) -> String {
    let (symbol, word, colour) =
      switch mark {
      case .good: ("✓", "ok  ", "32")
      case .bad: ("✗", "FAIL", "31")
      case .unknown: ("?", "??  ", "33")
      case .warning: ("!", "warn", "33")
      case .neutral: ("·", "-   ", "2")
      }
    let text = showsSymbols ? symbol : word
    return showsColour ? "\u{1B}[\(colour)m\(text)\u{1B}[0m" : text
  }
}

extension Problem {
  /// The problem as people read it: what, then why, then what to do.
  package func lines(prefix: String = "error") -> [String] {
    var lines = ["\(prefix): \(what)" + (place.map { " (\($0))" } ?? "")]
    if let why { lines.append("  why: \(why)") }
    if let remedy { lines.append("  hint: \(remedy)") }
    return lines
  }
}
