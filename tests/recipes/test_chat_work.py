"""Real work in a conversation: a given table, a trained model, a plot, an error that is met and mended."""

from chat_fakes import opened, steps, talk

from windward.recipes.chat.history import messages
from windward.recipes.chat.record import Did

LOAD = "I look at it.\n<execute>\nimport pandas as pd\nhouses = pd.read_csv('houses.csv')\nprint(houses.shape)\n</execute>"
TRAIN = """I fit a line.
<execute>
from sklearn.linear_model import LinearRegression
model = LinearRegression().fit(houses[['area']], houses['cost'])
print(f"r2 {model.score(houses[['area']], houses['cost']):.3f}")
</execute>"""
MENDED = TRAIN.replace("'cost'", "'price'")
PLOT = """<execute>
import matplotlib.pyplot as plt
plt.scatter(houses.area, houses.price)
plt.plot(houses.area, model.predict(houses[['area']]))
houses.assign(fit=model.predict(houses[['area']])).to_csv('fitted.csv', index=False)
</execute>"""
TABLE = "area,price\n" + "".join(f"{area},{3 * area + 20 + area % 7}\n" for area in range(40, 120, 4))


async def test_a_table_is_loaded_a_model_trained_and_plotted_and_an_error_mended(tmp_path):
    script = [LOAD, TRAIN, MENDED, "It fits.", PLOT, "Here is the plot."]
    async with opened(tmp_path, *script) as store:
        conversation = store.new()
        assert await conversation.give("../houses.csv", TABLE.encode()) == "houses.csv"
        assert (await talk(conversation, "Predict the price from the area.")).reason == "done"
        loaded, wrong, mended, said = steps(conversation)
        assert loaded.observation == "(20, 2)"
        assert wrong.status == "error" and "KeyError: 'cost'" in wrong.observation
        assert mended.status == "ok" and mended.observation == "r2 0.999"
        assert said.kind == "none" and said.reply == "It fits."

        await talk(conversation, "Plot it, and save the fit.")
        plotted = [entry for entry in conversation.entries if isinstance(entry, Did)][4]
        assert plotted.step.images == ("figure-1.png",)
        figure = conversation.folder.figure(*plotted.figures).read_bytes()
        assert figure.startswith(b"\x89PNG") and len(figure) > 5_000
        assert list(conversation.folder.saved()) == ["figure-1.png", "fitted.csv", "houses.csv"]
        assert conversation.folder.saved_file("fitted.csv").read_text().startswith("area,price,fit\n40,")

        told = [message["content"] for message in messages(conversation.head, conversation.entries)]
        assert "(The user put a file into the current folder: houses.csv)" in told[1]
        assert "KeyError: 'cost'" in told[5]
