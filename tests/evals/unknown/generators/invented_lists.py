"""Small lists of three languages, as folders."""

from __future__ import annotations

from pathlib import Path

from windward.evals.unknown.generators.lists import Category, read_lists

_GERMAN = (
    "Amsel Bussard Dachs Dohle Drossel Eichelhäher Eichhörnchen Eidechse Elster Falke Feldhase Feldmaus Fischotter Fledermaus Frosch Fuchs "
    "Gämse Habicht Hamster Hase Hermelin Hirsch Höckerschwan Igel Kaninchen Käfer Kiebitz Kranich Kröte Kuckuck Lerche Luchs Marder Maulwurf "
    "Mäusebussard Meise Möwe Murmeltier Nachtigall Natter Rabe Reh Ringelnatter Rotkehlchen Salamander Schleiereule Schmetterling Schwalbe "
    "Siebenschläfer Specht Sperling Steinadler Steinbock Storch Uhu Waldkauz Wiesel Wildschwein Wolf Zaunkönig"
)
_RUSSIAN = (
    "Архангельск Астрахань Барнаул Белгород Братск Брянск Владивосток Владимир Волгоград Вологда Воронеж Екатеринбург Иваново Ижевск Иркутск "
    "Казань Калининград Калуга Кемерово Киров Кострома Краснодар Красноярск Курган Курск Липецк Магадан Магнитогорск Москва Мурманск Новгород "
    "Новосибирск Норильск Омск Орёл Оренбург Пенза Пермь Петрозаводск Псков Ростов Рязань Самара Саратов Смоленск Сочи Ставрополь Сургут "
    "Таганрог Тамбов Тверь Томск Тула Тюмень Ульяновск Уфа Хабаровск Челябинск Чита Ярославль"
)
_FRUIT = (
    "Apple;Apricot;Avocado;Banana;Blackberry;Blood Orange;Blueberry;Cherry;Clementine;Coconut;Cranberry;Damson;Dragon Fruit;Elderberry;Fig;"
    "Gooseberry;Grape;Grapefruit;Greengage;Guava;Honeydew Melon;Jackfruit;Kiwi;Kumquat;Lemon;Lime;Loganberry;Lychee;Mandarin;Mango;"
    "Mangosteen;Mulberry;Nectarine;Orange;Papaya;Passion Fruit;Peach;Pear;Persimmon;Pineapple;Plum;Pomegranate;Pomelo;Quince;Raspberry;"
    "Satsuma;Star Fruit;Strawberry;Tangerine;Watermelon"
)
GERMAN, RUSSIAN, FRUIT = _GERMAN.split(), _RUSSIAN.split(), _FRUIT.split(";")
LISTS = {
    "fruit": (FRUIT, ["Where does {name} grow?", "How sweet is {name}?", "What colour is {name}?"]),
    "städte": (RUSSIAN, ["Где находится {name}?", "Сколько людей живёт в городе {name}?"]),
    "tiere": (GERMAN, ["Was frisst ein Tier namens {name}?", "Wo lebt {name}?", "Wie groß wird {name}?"]),
}


def write_lists(folder: Path, *names: str) -> Path:
    for name in names or tuple(LISTS):
        (folder / name).mkdir(parents=True)
        for file, lines in zip(("existing", "templates"), LISTS[name], strict=True):
            (folder / name / f"{file}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def lists_in(folder: Path, *names: str) -> list[Category]:
    return read_lists(write_lists(folder, *names))
