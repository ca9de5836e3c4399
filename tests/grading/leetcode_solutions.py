"""Bodies of our own for easy LeetCode problems, by title: what a right answer may look like."""

BODIES = {
    "minimum-number-of-pushes-to-type-word-i": "return sum(i // 8 + 1 for i in range(len(word)))",
    "divide-an-array-into-subarrays-with-minimum-cost-i": "return nums[0] + sum(nsmallest(2, nums[1:]))",
    "count-elements-with-maximum-frequency": "c = Counter(nums)\nreturn sum(v for v in c.values() if v == max(c.values()))",
    "maximum-area-of-longest-diagonal-rectangle": "return max((a * a + b * b, a * b) for a, b in dimensions)[1]",
    "smallest-missing-integer-greater-than-sequential-prefix-sum": (
        "total, i = nums[0], 1\nwhile i < len(nums) and nums[i] == nums[i - 1] + 1:\n    total += nums[i]\n    i += 1\n"
        "while total in nums:\n    total += 1\nreturn total"
    ),
    "check-if-bitwise-or-has-trailing-zeros": "return sum(n % 2 == 0 for n in nums) > 1",
    "minimum-number-game": "nums.sort()\nreturn [n for a, b in zip(nums[::2], nums[1::2]) for n in (b, a)]",
    "find-missing-and-repeated-values": (
        "c = Counter(n for row in grid for n in row)\n"
        "return [c.most_common(1)[0][0], next(n for n in range(1, len(grid) ** 2 + 1) if n not in c)]"
    ),
    "count-tested-devices-after-test-operations": (
        "tested = 0\nfor charge in batteryPercentages:\n    tested += charge > tested\nreturn tested"
    ),
    "find-common-elements-between-two-arrays": (
        "return [sum(n in nums2 for n in nums1), sum(n in nums1 for n in nums2)]"
    ),
    "find-the-peaks": (
        "m = mountain\nreturn [i for i in range(len(m) - 2, 0, -1) if m[i - 1] < m[i] > m[i + 1]]"
    ),
    "matrix-similarity-after-cyclic-shifts": "return all(row == row[k % len(row):] + row[:k % len(row)] for row in mat)",
    "find-words-containing-character": "return [i for i, word in reversed(list(enumerate(words))) if x in word]",
    "maximum-strong-pair-xor-i": "return max(a ^ b for a in nums for b in nums if abs(a - b) <= min(a, b))",
    "distribute-candies-among-children-i": (
        "r = range(limit + 1)\nreturn sum(0 <= n - a - b <= limit for a in r for b in r)"
    ),
    "find-champion-i": "return max(range(len(grid)), key=lambda i: sum(grid[i]))",
    "find-the-k-or-of-an-array": "return sum(1 << b for b in range(32) if sum(n >> b & 1 for n in nums) >= k)",
    "divisible-and-non-divisible-sums-difference": "return sum(i if i % m else -i for i in range(1, n + 1))",
    "maximum-odd-binary-number": "ones = s.count('1')\nreturn '1' * (ones - 1) + '0' * (len(s) - ones) + '1'",
    "sum-of-values-at-indices-with-k-set-bits": "return sum(n for i, n in enumerate(nums) if i.bit_count() == k)",
    "points-that-intersect-with-cars": "return len({p for a, b in nums for p in range(a, b + 1)})",
    "furthest-point-from-origin": "return abs(moves.count('L') - moves.count('R')) + moves.count('_')",
    "check-if-a-string-is-an-acronym-of-words": "return ''.join(word[0] for word in words) == s",
    "count-pairs-whose-sum-is-less-than-target": "return sum(a + b < target for a, b in combinations(nums, 2))",
    "faulty-keyboard": "out = ''\nfor c in s:\n    out = out[::-1] if c == 'i' else out + c\nreturn out",
    "account-balance-after-rounded-purchase": "return 100 - (purchaseAmount + 5) // 10 * 10",
    "number-of-employees-who-met-the-target": "return sum(hour >= target for hour in hours)",
    "split-strings-by-separator": "return [part for word in words for part in word.split(separator) if part]",
    "check-if-array-is-good": "n = max(nums)\nreturn sorted(nums) == [*range(1, n), n, n]",
    "sum-of-squares-of-special-elements": (
        "return sum(v * v for i, v in enumerate(nums, 1) if len(nums) % i == 0)"
    ),
    "find-the-maximum-achievable-number": "return num + 2 * t",
    "find-indices-with-index-and-value-difference-i": (
        "for i in range(len(nums)):\n    for j in range(i + 1):\n"
        "        if i - j >= indexDifference and abs(nums[i] - nums[j]) >= valueDifference:\n            return [i, j]\n"
        "return [-1, -1]"
    ),
    "longest-unequal-adjacent-groups-subsequence-i": (
        "return [words[i] for i in range(n) if i == n - 1 or groups[i] != groups[i + 1]]"
    ),
    "divide-array-into-arrays-with-max-difference": (
        "nums.sort(reverse=True)\nparts = [nums[i:i + 3] for i in range(0, len(nums), 3)]\n"
        "return parts if all(p[0] - p[2] <= k for p in parts) else []"
    ),
}
"""Where several answers are right, these give another than the published one, or another order."""
