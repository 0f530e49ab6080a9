import Glibc

/// The few figures of probability that a promise needs.
enum Probability {
  /// The probability that among `count` independent looks, each bad with probability `rate`, somewhere `run` bad ones follow each
  /// other. Exact, by the distribution of the run that is open after each look.
  static func ofRun(_ run: Int, rate: Double, among count: Int) -> Double {
    guard run > 0, count >= run, rate > 0 else { return 0 }
    // Each place is bounded by itself where there are too many to go through.
    guard count <= 1_000_000 else { return min(1, Double(count) * pow(rate, Double(run))) }
    // open[k]: nothing has happened yet, and the last k looks were bad.
    var open = [Double](repeating: 0, count: run)
    open[0] = 1
    var happened = 0.0
    for _ in 0..<count {
      happened += open[run - 1] * rate
      let rest = open.reduce(0, +)
      for length in stride(from: run - 1, to: 0, by: -1) { open[length] = open[length - 1] * rate }
      open[0] = rest * (1 - rate)
    }
    return min(1, happened)
  }

  /// The largest rate at which so few failures would still come about in one of twenty series: Clopper and Pearson's upper bound at
  /// 95 %, the `p` with `BetaCDF(p; failures + 1, total − failures) = 0.95`.
  static func upperBound(failures: Int, of total: Int) -> Double {
    guard total > 0, failures < total else { return 1 }
    let (a, b) = (Double(failures) + 1, Double(total - failures))
    var (low, high) = (0.0, 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if incompleteBeta(a, b, middle) < 0.95 { low = middle } else { high = middle }
    }
    return high
  }

  /// The regularised incomplete beta function, by its continued fraction (DLMF 8.17.22).
  static func incompleteBeta(_ a: Double, _ b: Double, _ x: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges fast on this side of the mean only.
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(b, a, 1 - x) }
    let front = exp(lgamma(a + b).0 - lgamma(a).0 - lgamma(b).0 + a * log(x) + b * log(1 - x)) / a
    return front * fraction(a, b, x)
  }

  /// Lentz's method.
  private static func fraction(_ a: Double, _ b: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var d = 1 / kept(1 - (a + b) * x / (a + 1))
    var c = 1.0
    var result = d
    for step in 1...10_000 {
      let m = Double(step)
      for numerator in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 / kept(1 + numerator * d)
        c = kept(1 + numerator / c)
        result *= c * d
      }
      if abs(c * d - 1) < 1e-13 { break }
    }
    return result
  }
}

enum Power {
  /// The `degree`-th root of something positive.
  static func root(_ value: Double, _ degree: Int) -> Double { pow(value, 1 / Double(degree)) }
}
