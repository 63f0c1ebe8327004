"""Numbers below a million in words, spelt apart from the guide's own tables."""


def listed(words: str) -> list[str]:
    return words.split()


def italian(number: int) -> str:
    ones = listed(
        "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici tredici quattordici "
        "quindici sedici diciassette diciotto diciannove"
    )
    tens = listed("venti trenta quaranta cinquanta sessanta settanta ottanta novanta")
    if number >= 1000:
        head = "mille" if number < 2000 else f"{italian(number // 1000)}mila"
        return head + (italian(number % 1000) if number % 1000 else "")
    if number >= 100:
        head = "cento" if number < 200 else f"{ones[number // 100]}cento"
        return head + (italian(number % 100) if number % 100 else "")
    if number < 20:
        return ones[number]
    ten, one = tens[number // 10 - 2], number % 10
    if one == 0:
        return ten
    if one in {1, 8}:
        return ten[:-1] + ones[one]
    return ten + ("tré" if one == 3 else ones[one])


def portuguese(number: int) -> str:
    ones = listed(
        "zero um dois três quatro cinco seis sete oito nove dez onze doze treze quatorze quinze dezesseis "
        "dezessete dezoito dezenove"
    )
    tens = listed("vinte trinta quarenta cinquenta sessenta setenta oitenta noventa")
    hundreds = listed(
        "cento duzentos trezentos quatrocentos quinhentos seiscentos setecentos oitocentos novecentos"
    )
    if number >= 1000:
        head = "mil" if number < 2000 else f"{portuguese(number // 1000)} mil"
        rest = number % 1000
        joined = " e " if rest < 100 or rest % 100 == 0 else " "
        return head + (joined + portuguese(rest) if rest else "")
    if number == 100:
        return "cem"
    if number > 100:
        return hundreds[number // 100 - 1] + (f" e {portuguese(number % 100)}" if number % 100 else "")
    if number < 20:
        return ones[number]
    return tens[number // 10 - 2] + (f" e {ones[number % 10]}" if number % 10 else "")


def spanish(number: int) -> str:
    ones = listed(
        "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
        "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco "
        "veintiséis veintisiete veintiocho veintinueve"
    )
    tens = listed("treinta cuarenta cincuenta sesenta setenta ochenta noventa")
    hundreds = listed(
        "ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
        "novecientos"
    )
    if number >= 1000:
        head = "mil" if number < 2000 else f"{spanish(number // 1000)} mil"
        return head + (f" {spanish(number % 1000)}" if number % 1000 else "")
    if number == 100:
        return "cien"
    if number > 100:
        return hundreds[number // 100 - 1] + (f" {spanish(number % 100)}" if number % 100 else "")
    if number < 30:
        return ones[number]
    return tens[number // 10 - 3] + (f" y {ones[number % 10]}" if number % 10 else "")
