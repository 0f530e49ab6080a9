internal import Core

/// Reads a file and those it extends.
struct Layers {
  static let maximumDepth = 8
  static let maximumFiles = 16

  let reader: PolicyReader
  var texts: [String: SourceText] = [:]
  var sources: [String] = []
  /// Policies that one file extends side by side, in their order.
  var siblings: [(PolicyNode, PolicyNode)] = []
  /// The bytes as they were read, by path.
  var bytes: [String: [UInt8]] = [:]
  var problems: [PolicyProblem] = []

  init(reader: @escaping PolicyReader) { self.reader = reader }

  /// The tree of a file upon those it extends, or `nil` when one of them cannot be read as YAML.
  mutating func tree(_ path: String, chain: [String] = [], askedAt: Place? = nil) -> PolicyNode? {
    let here = askedAt ?? Place(file: path, line: 1, column: 1)
    let length = askedAt == nil ? 1 : path.unicodeScalars.count
    if chain.contains(path) {
      problems.append(
        PolicyProblem(
          "extends", at: here, length: length, "'\(path)' extends itself: \((chain + [path]).joined(separator: " → "))")
      )
      return nil
    }
    guard chain.count < Layers.maximumDepth, sources.count < Layers.maximumFiles else {
      problems.append(
        PolicyProblem(
          "extends", at: here, length: length,
          "more than \(Layers.maximumDepth) policies stand on each other, or \(Layers.maximumFiles) are read"))
      return nil
    }
    let source: SourceText
    do {
      let read = try reader(path)
      source = try SourceText(file: path, bytes: read)
      bytes[path] = read
    } catch let problem as PolicyProblem {
      problems.append(problem)
      return nil
    } catch {
      let problem = error as? Problem
      problems.append(
        PolicyProblem(
          askedAt == nil ? "unreadable" : "extends", at: here, length: length,
          problem?.description ?? "'\(path)' cannot be read", hint: problem?.remedy))
      return nil
    }
    texts[path] = source
    sources.append(path)
    let (node, faults) = YAMLReading.node(source)
    problems += faults
    guard let node else { return nil }
    if askedAt != nil { problems += SecretSearch.values(of: node) }
    guard case .map = node.value else {
      problems.append(
        PolicyProblem(
          "type", at: node.place, "a policy is a map of keys, and here is \(node.kind)",
          hint: "it begins with 'apiVersion: \(Language.version)'"))
      return nil
    }
    if askedAt != nil {
      for key in ["apiVersion", "name"] where node[key] == nil {
        problems.append(
          PolicyProblem("missing-key", at: node.place, "the key '\(key)' is missing in the policy '\(path)'"))
      }
    }
    return over(node, path, chain + [path])
  }

  private mutating func over(_ node: PolicyNode, _ path: String, _ chain: [String]) -> PolicyNode? {
    guard let extends = node["extends"] else { return node }
    var base: PolicyNode?
    for element in extends.oneOrMany {
      guard let text = element.text, !text.isEmpty else {
        // Of an included file, nobody else looks at this: what is written upon it takes its place.
        problems.append(
          PolicyProblem(
            "extends", at: element.place, length: element.length, "'extends' names files, and here is \(element.kind)"))
        continue
      }
      if text.hasPrefix("/") || text.contains("://") {
        problems.append(
          PolicyProblem(
            "extends", at: element.place, length: element.length,
            "an included policy is a path relative to the file that includes it"))
        continue
      }
      // Lines of a file are shown when they are wrong: no file is read that was never meant to be a policy.
      guard text.hasSuffix(".yml") || text.hasSuffix(".yaml") else {
        problems.append(
          PolicyProblem(
            "extends", at: element.place, length: element.length, "an included policy is a .yml or .yaml file"))
        continue
      }
      guard let layer = tree(Layers.joined(path, text), chain: chain, askedAt: element.place) else { return nil }
      if let lower = base {
        var tightening = TighteningCheck()
        tightening.siblings(lower, layer)
        siblings.append((lower, layer))
        problems += tightening.problems
        base = Merging.merged(lower, layer)
      } else {
        base = layer
      }
    }
    guard let base else { return node }
    var tightening = TighteningCheck()
    tightening.policy(base, node)
    problems += tightening.problems
    return Merging.merged(base, node)
  }

  /// `path` beside `file`, without `.` and `..` where they can be resolved.
  static func joined(_ file: String, _ path: String) -> String {
    var parts = file.split(separator: "/", omittingEmptySubsequences: true).dropLast().map(String.init)
    for part in path.split(separator: "/", omittingEmptySubsequences: true) {
      if part == "." { continue }
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(String(part))
      }
    }
    return (file.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }

  /// `path` as it is named from the folder of `file`: nothing of the machine is in it.
  static func relative(_ path: String, to file: String) -> String {
    let folder = file.split(separator: "/", omittingEmptySubsequences: true).dropLast()
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    var shared = 0
    while shared < folder.count, shared < parts.count - 1, folder[shared] == parts[shared] { shared += 1 }
    let up = Array(repeating: Substring(".."), count: folder.count - shared)
    return (up + parts[shared...]).joined(separator: "/")
  }

  /// The list at `approvals.people`, when there is one that can be read: whether there is one is for those who need it.
  mutating func peopleBeside(_ root: PolicyNode) -> PolicyNode? {
    guard let named = root["approvals"]?["people"], let path = named.text, let asked = sources.first else { return nil }
    let place = Layers.joined(asked, path)
    do {
      let source = try SourceText(file: place, bytes: reader(place))
      texts[place] = source
      return YAMLReading.node(source).node
    } catch {
      return nil
    }
  }
}
