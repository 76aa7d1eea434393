#include <fstream>
#include <iostream>
#include <string>
#include "validate.h"

int main(int argc, char **argv) {
    std::ifstream input(argv[1]);
    bool strict = argc > 4 && std::string(argv[4]) == "strict";
    long long n, a, b;
    input >> n;
    if (!(std::cin >> a >> b) || a < 1 || b < 1 || a + b != n) wrong();
    std::string rest;
    if (strict && std::cin >> rest) wrong();
    right();
}
